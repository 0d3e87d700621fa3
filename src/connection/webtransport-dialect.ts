// The versions of WebTransport over HTTP/3 that are on the wire, as one table: which setting offers each, what its
// CONNECT says, which of them have flow control. Both ends send every setting they know; the newest that both sent is
// used (draft-ietf-webtrans-http3 section 7.1).
// Rules: H3-WT-1, H3-WT-2, H3-WT-12.

import { H3Setting, WEBTRANSPORT_MAX_SESSIONS_DRAFT07 } from "../abi/h3-wire.js";

/** A version of WebTransport over HTTP/3, named by the draft that began it. */
export type Dialect = "draft-02" | "draft-07" | "draft-13" | "draft-15";

/** Settings by identifier; one that is not there has its default, 0. */
export type SettingsMap = ReadonlyMap<number, number | bigint>;

/** What sets a version apart. */
export interface DialectInfo {
  readonly name: Dialect;
  /** Settings that offer it; one of them above 0 is enough. */
  readonly settings: readonly number[];
  /** :protocol of the CONNECT. */
  readonly protocol: "webtransport" | "webtransport-h3";
  /** The settings count sessions; else they are 0 or 1. */
  readonly countsSessions: boolean;
  /** It has the flow control of section 5, where both ends ask for it. */
  readonly hasFlowControl: boolean;
  /** Fields that name the version in CONNECT and its answer (draft 02 section 7). */
  readonly requestField: readonly [name: string, value: string] | null;
  readonly responseField: readonly [name: string, value: string] | null;
}

/** Oldest first. */
export const DIALECTS: readonly DialectInfo[] = [
  {
    name: "draft-02",
    settings: [H3Setting.EnableWebTransport],
    protocol: "webtransport",
    countsSessions: false,
    hasFlowControl: false,
    requestField: ["sec-webtransport-http3-draft02", "1"],
    responseField: ["sec-webtransport-http3-draft", "draft02"],
  },
  {
    name: "draft-07",
    // 0x2b603743 is the same setting in the drafts between 02 and 07, whose streams and capsules are those of 07.
    settings: [WEBTRANSPORT_MAX_SESSIONS_DRAFT07, H3Setting.WebTransportMaxSessionsDraft02],
    protocol: "webtransport",
    countsSessions: true,
    hasFlowControl: false,
    requestField: null,
    responseField: null,
  },
  {
    name: "draft-13",
    settings: [H3Setting.WtMaxSessions],
    protocol: "webtransport",
    countsSessions: true,
    hasFlowControl: true,
    requestField: null,
    responseField: null,
  },
  {
    name: "draft-15",
    settings: [H3Setting.WtEnabled],
    protocol: "webtransport-h3",
    countsSessions: false,
    hasFlowControl: true,
    requestField: null,
    responseField: null,
  },
];

const byName = new Map(DIALECTS.map((info) => [info.name, info]));

/** The row of a version. */
export function dialectInfo(dialect: Dialect): DialectInfo {
  return byName.get(dialect) as DialectInfo;
}

/** Initial limits of each session (draft 15 section 5.5): streams that the peer may open, bytes on all of them. */
export interface InitialLimits {
  readonly streamsUni: number;
  readonly streamsBidi: number;
  readonly data: number;
}

/** What our SETTINGS say unless the caller chose otherwise. */
export const INITIAL_LIMITS: InitialLimits = {
  streamsUni: 100,
  streamsBidi: 100,
  data: 1024 * 1024,
};

/**
 * The settings that offer WebTransport in every version: [id, value], in the order of the table. Those that it needs
 * beside them, H3_DATAGRAM and ENABLE_CONNECT_PROTOCOL, are the connection's.
 */
export function webtransportSettings(
  sessions: number,
  initial: InitialLimits = INITIAL_LIMITS,
): [id: number, value: number][] {
  if (sessions <= 0) return [];
  const list: [number, number][] = [[H3Setting.H3DatagramDraft04, 1]];
  for (const { settings, countsSessions } of DIALECTS) {
    for (const id of settings) list.push([id, countsSessions ? sessions : 1]);
  }
  list.push(
    [H3Setting.WtInitialMaxData, initial.data],
    [H3Setting.WtInitialMaxStreamsUni, initial.streamsUni],
    [H3Setting.WtInitialMaxStreamsBidi, initial.streamsBidi],
  );
  return list;
}

/** A setting; 0 where it is absent. */
export function settingValue(settings: SettingsMap, id: number): number {
  return Number(settings.get(id) ?? 0);
}

function offers(settings: SettingsMap, info: DialectInfo): boolean {
  return info.settings.some((id) => settingValue(settings, id) > 0);
}

/**
 * The newest version that both SETTINGS offer; null: no WebTransport on this connection. From drafts 07 on both ends
 * must be able to take datagrams (H3_DATAGRAM, or the draft's own setting before that), and the server extended CONNECT.
 */
export function negotiateDialect(
  isClient: boolean,
  ours: SettingsMap,
  theirs: SettingsMap,
): Dialect | null {
  const server = isClient ? theirs : ours;
  if (!takesDatagrams(ours) || !takesDatagrams(theirs)) return null;
  for (let i = DIALECTS.length - 1; i >= 0; i--) {
    const info = DIALECTS[i] as DialectInfo;
    if (!offers(ours, info) || !offers(theirs, info)) continue;
    // Draft 02 came before RFC 9220: its servers need not say it.
    if (info.name !== "draft-02" && settingValue(server, H3Setting.EnableConnectProtocol) !== 1)
      continue;
    return info.name;
  }
  return null;
}

const takesDatagrams = (settings: SettingsMap): boolean =>
  settingValue(settings, H3Setting.H3Datagram) === 1 ||
  settingValue(settings, H3Setting.H3DatagramDraft04) === 1;

/**
 * Whether the peer's SETTINGS hold a value that WebTransport forbids: WT_ENABLED above 1, at a client (draft 15 section
 * 3.1), is WT_SETTING_INVALID.
 */
export function hasInvalidSetting(isClient: boolean, theirs: SettingsMap): boolean {
  return isClient && settingValue(theirs, H3Setting.WtEnabled) > 1;
}

/** Sessions that may be open at a time on a connection, as its server's SETTINGS say; none said: no limit of its own. */
export function sessionLimit(dialect: Dialect, server: SettingsMap): number {
  const info = dialectInfo(dialect);
  if (!info.countsSessions) return Number.POSITIVE_INFINITY;
  return Math.max(...info.settings.map((id) => settingValue(server, id)));
}

/** Whether sessions have flow control: both ends said that they want it (draft 15 section 5.1). */
export function hasFlowControl(dialect: Dialect, ours: SettingsMap, theirs: SettingsMap): boolean {
  return dialectInfo(dialect).hasFlowControl && wants(dialect, ours) && wants(dialect, theirs);
}

function wants(dialect: Dialect, settings: SettingsMap): boolean {
  if (dialect === "draft-13" && settingValue(settings, H3Setting.WtMaxSessions) > 1) return true;
  const { data, streamsUni, streamsBidi } = initialLimits(settings);
  return data > 0 || streamsUni > 0 || streamsBidi > 0;
}

/** The initial limits that SETTINGS give to the other end's sessions. */
export function initialLimits(settings: SettingsMap): InitialLimits {
  return {
    data: settingValue(settings, H3Setting.WtInitialMaxData),
    streamsUni: settingValue(settings, H3Setting.WtInitialMaxStreamsUni),
    streamsBidi: settingValue(settings, H3Setting.WtInitialMaxStreamsBidi),
  };
}
