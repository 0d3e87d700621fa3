// The versions of WebTransport over HTTP/2 (draft-ietf-webtrans-http2), as one table: by which settings a peer is known,
// and in what its capsules differ. There is no negotiation: each end has to see from the other's SETTINGS.

import { CapsuleType } from "../abi/h3-wire.js";
import { WtH2Setting } from "../abi/webtransport-wire.js";
import { type SettingsMap, settingValue } from "./webtransport-dialect.js";

/** A version of WebTransport over HTTP/2, named by the last draft that is like it. */
export type H2Dialect = "draft-12" | "draft-13-swapped" | "draft-14" | "draft-15";

/** What sets a version apart. */
export interface H2DialectInfo {
  readonly name: H2Dialect;
  /** Types of WT_STREAM: draft 15 swapped them. */
  readonly streamType: number;
  readonly finType: number;
  /** WT_RESET_STREAM ends with the bytes that were sent before it. */
  readonly resetHasSize: boolean;
  /**
   * Clients have odd stream ids and servers even ones, the other way round than all drafts: what
   * \@fails-components/webtransport sends.
   */
  readonly swapsIds: boolean;
  /** Whether data and end may share a capsule; that peer loses the end of one that comes in two reads. */
  readonly joinsEnd: boolean;
}

const row = (
  name: H2Dialect,
  streamType: number,
  finType: number,
  resetHasSize: boolean,
  swapsIds = false,
): H2DialectInfo => ({
  name,
  streamType,
  finType,
  resetHasSize,
  swapsIds,
  joinsEnd: !swapsIds,
});

/** All versions. */
export const H2_DIALECTS: readonly H2DialectInfo[] = [
  row("draft-12", CapsuleType.WtStream, CapsuleType.WtStreamFin, true),
  row("draft-13-swapped", CapsuleType.WtStream, CapsuleType.WtStreamFin, false, true),
  row("draft-14", CapsuleType.WtStream, CapsuleType.WtStreamFin, true),
  row("draft-15", CapsuleType.WtStreamFin, CapsuleType.WtStream, true),
];

/** The version of a peer, by its SETTINGS. Limits without any of the settings that drafts have beside them: swapped. */
export function h2DialectOf(theirs: SettingsMap): H2DialectInfo {
  const isEnabled = settingValue(theirs, WtH2Setting.Enabled) > 0;
  const hasRemote = theirs.has(WtH2Setting.InitialMaxStreamDataBidiRemote);
  const hasLimits = theirs.has(WtH2Setting.InitialMaxData);
  if (isEnabled) return named(hasRemote ? "draft-15" : "draft-12");
  return named(hasLimits && !hasRemote ? "draft-13-swapped" : "draft-14");
}

/** The row of a version. */
export function named(name: H2Dialect): H2DialectInfo {
  return H2_DIALECTS.find((info) => info.name === name) as H2DialectInfo;
}

/** What each session starts with, by the SETTINGS or the WebTransport-Init field of the end that receives. */
export interface H2InitialLimits {
  /** Streams that the other end may open. */
  readonly streamsUni: number;
  readonly streamsBidi: number;
  /** Bytes on all streams together. */
  readonly data: number;
  /** Bytes on a unidirectional stream. */
  readonly streamDataUni: number;
  /** Bytes on a bidirectional stream that the receiving end opened. */
  readonly streamDataLocal: number;
  /** Bytes on a bidirectional stream that the sending end opened. */
  readonly streamDataRemote: number;
}

/** What we allow unless the caller chose otherwise. */
export const H2_INITIAL_LIMITS: H2InitialLimits = {
  streamsUni: 100,
  streamsBidi: 100,
  data: 1024 * 1024,
  streamDataUni: 256 * 1024,
  streamDataLocal: 256 * 1024,
  streamDataRemote: 256 * 1024,
};

/**
 * Settings that offer WebTransport over HTTP/2: for `settings.extra` of an H2Connection, beside `enableConnectProtocol`
 * on a server.
 */
export function webtransportH2Settings(
  initial: Partial<H2InitialLimits> = {},
): [id: number, value: number][] {
  const limits = { ...H2_INITIAL_LIMITS, ...initial };
  return [
    [WtH2Setting.Enabled, 1],
    [WtH2Setting.InitialMaxData, limits.data],
    [WtH2Setting.InitialMaxStreamDataUni, limits.streamDataUni],
    [WtH2Setting.InitialMaxStreamDataBidiLocal, limits.streamDataLocal],
    [WtH2Setting.InitialMaxStreamsUni, limits.streamsUni],
    [WtH2Setting.InitialMaxStreamsBidi, limits.streamsBidi],
    [WtH2Setting.InitialMaxStreamDataBidiRemote, limits.streamDataRemote],
  ];
}

/** The limits that SETTINGS give. */
export function h2InitialLimits(theirs: SettingsMap): H2InitialLimits {
  const local = settingValue(theirs, WtH2Setting.InitialMaxStreamDataBidiLocal);
  const hasRemote = theirs.has(WtH2Setting.InitialMaxStreamDataBidiRemote);
  return {
    streamsUni: settingValue(theirs, WtH2Setting.InitialMaxStreamsUni),
    streamsBidi: settingValue(theirs, WtH2Setting.InitialMaxStreamsBidi),
    data: settingValue(theirs, WtH2Setting.InitialMaxData),
    streamDataUni: settingValue(theirs, WtH2Setting.InitialMaxStreamDataUni),
    streamDataLocal: local,
    streamDataRemote: hasRemote
      ? settingValue(theirs, WtH2Setting.InitialMaxStreamDataBidiRemote)
      : local,
  };
}
