// Options of an HTTP/3 connection, checked once.
// Rules: H3-SET-8, QP-TAB-8.

import { H3Setting } from "../abi/h3-wire.js";
import { isVarint, type Varint } from "../codec/varint.js";
import { UsageError } from "../errors.js";
import { type H3LimitName, type H3Limits, h3Limits } from "../limits.js";
import { webtransportSettings } from "./webtransport-dialect.js";

/** Our SETTINGS (RFC 9114 section 7.2.4.1, RFC 9204 section 5, RFC 9220). */
export interface H3Settings {
  /** Dynamic table that the peer's encoder may use, in bytes. Default 4,096. */
  readonly qpackMaxTableCapacity?: number;
  /** Streams of the peer that may wait for insertions. Default 16. */
  readonly qpackBlockedStreams?: number;
  /** Longest field section in bytes, advisory. Default: the limit fieldSectionLength. */
  readonly maxFieldSectionSize?: number;
  /** Server: extended CONNECT (RFC 9220) is understood. Default false, true with webtransport. */
  readonly enableConnectProtocol?: boolean;
  /** Settings without a name here, as [identifier, value]; sent behind the others. */
  readonly extra?: readonly (readonly [id: Varint, value: Varint])[];
}

/** What `new H3Connection` takes. */
export interface H3Options {
  /** "server" reads requests, "client" reads responses. */
  readonly role: "server" | "client";
  /** Limits that differ from the defaults (docs/limits.md). */
  readonly limits?: H3Limits;
  /** Our SETTINGS. */
  readonly settings?: H3Settings;
  /** HTTP/3 has no leniencies today: an empty object, or false. */
  readonly lenient?: Readonly<Record<string, never>> | false;
  /** Report each frame of either direction as a `frame` event. */
  readonly observe?: boolean;
  /** Reads the time in milliseconds; budgets refill by it, and time limits need it. None by default. */
  readonly clock?: () => number;
  /** When content counts as consumed: "fixed" (default) with its event, "manual" when `consume` says so. */
  readonly window?: "fixed" | "manual";
  /** Server: fields or content above a limit are answered by 431 or 413 before the stream ends. Default true. */
  readonly respondToErrors?: boolean;
  /** Client with 0-RTT: the server's SETTINGS on the earlier connection, as remoteSettings gave them. */
  readonly rememberedSettings?: ReadonlyMap<number, number | bigint>;
  /** How our encoder uses the dynamic table. Default "safe": it never makes the peer wait. */
  readonly qpack?: { readonly strategy?: "static" | "safe" | "eager" };
  /** QUIC datagrams are available: HTTP datagrams (RFC 9297) are offered. Default false, true with webtransport. */
  readonly datagrams?: boolean;
  /** Offers WebTransport, in every dialect; a number is how many sessions at a time. Default false. */
  readonly webtransport?: boolean | number;
  /** Client: pushes are received up to this push id; also by maxPushId(). Default: none. */
  readonly maxPushId?: number;
}

/** Checked options. */
export interface H3Config {
  readonly isClient: boolean;
  readonly limits: Readonly<Record<H3LimitName, number>>;
  /** Our SETTINGS: flat [id, value, …]. */
  readonly settings: readonly Varint[];
  readonly tableCapacity: number;
  readonly blockedStreams: number;
  readonly connectProtocol: boolean;
  readonly observe: boolean;
  readonly clock: (() => number) | null;
  readonly isManual: boolean;
  readonly respondToErrors: boolean;
  readonly remembered: ReadonlyMap<number, number | bigint> | null;
  readonly strategy: "static" | "safe" | "eager";
  readonly datagrams: boolean;
  /** Sessions at a time; 0 = no WebTransport. */
  readonly sessions: number;
  /** -1 = none. */
  readonly maxPushId: number;
}

const MEMBERS = new Set([
  "role",
  "limits",
  "settings",
  "lenient",
  "observe",
  "clock",
  "window",
  "respondToErrors",
  "rememberedSettings",
  "qpack",
  "datagrams",
  "webtransport",
  "maxPushId",
]);

/** Largest table that an option may allow. */
const TABLE_CAPACITY_MAX = 262_144;
const BLOCKED_STREAMS_MAX = 65_535;
const TABLE_CAPACITY_DEFAULT = 4_096;
const BLOCKED_STREAMS_DEFAULT = 16;

/** Configs of options without anything of their own, which most connections have. */
const plain = new Map<string, H3Config>();

/**
 * Checks options.
 * @throws UsageError for anything unknown or out of range
 */
export function h3Config(options: H3Options): H3Config {
  if (options === null || typeof options !== "object")
    throw new UsageError("OPTIONS_INVALID", `new H3Connection takes { role: "server" | "client" }`);
  const { role } = options;
  if (role !== "server" && role !== "client")
    throw new UsageError("ROLE_INVALID", `role is "server" or "client"`);
  for (const name of Object.keys(options)) {
    if (!MEMBERS.has(name))
      throw new UsageError("OPTION_UNKNOWN", `H3Connection has no option ${name}`);
  }
  if (Object.keys(options).length > 1) return newConfig(options);
  const known = plain.get(role) ?? newConfig(options);
  plain.set(role, known);
  return known;
}

function newConfig(options: H3Options): H3Config {
  const { settings = {}, clock = null, window = "fixed", lenient } = options;
  if (window !== "fixed" && window !== "manual")
    throw new UsageError("OPTION_INVALID", `window is "fixed" or "manual"`);
  if (clock !== null && typeof clock !== "function")
    throw new UsageError("OPTION_INVALID", "clock is a function that gives milliseconds");
  if (settings === null || typeof settings !== "object")
    throw new UsageError("OPTION_INVALID", "settings is an object");
  if (lenient && Object.keys(lenient).length > 0)
    throw new UsageError("LENIENT_UNKNOWN", "HTTP/3 has no leniencies");
  const isClient = options.role === "client";
  const limits = h3Limits(options.limits);
  const sessions = sessionsOf(options.webtransport, limits.sessionCount);
  const datagrams = options.datagrams ?? sessions > 0;
  const connectProtocol = settings.enableConnectProtocol ?? (sessions > 0 && !isClient);
  const tableCapacity = settings.qpackMaxTableCapacity ?? TABLE_CAPACITY_DEFAULT;
  const blockedStreams = settings.qpackBlockedStreams ?? BLOCKED_STREAMS_DEFAULT;
  whole("qpackMaxTableCapacity", tableCapacity, 0, TABLE_CAPACITY_MAX);
  whole("qpackBlockedStreams", blockedStreams, 0, BLOCKED_STREAMS_MAX);
  const list = settingsList(settings, limits.fieldSectionLength, tableCapacity, blockedStreams);
  if (connectProtocol) list.push(H3Setting.EnableConnectProtocol, 1);
  if (datagrams) list.push(H3Setting.H3Datagram, 1);
  if (sessions > 0) for (const [id, value] of webtransportSettings(sessions)) list.push(id, value);
  addExtra(list, settings);
  return {
    isClient,
    limits,
    settings: list,
    tableCapacity,
    blockedStreams,
    connectProtocol,
    observe: options.observe ?? false,
    clock,
    isManual: window === "manual",
    respondToErrors: options.respondToErrors ?? true,
    remembered: remembered(options.rememberedSettings, isClient),
    strategy: strategyOf(options.qpack?.strategy),
    datagrams,
    sessions,
    maxPushId: pushOf(options.maxPushId, isClient),
  };
}

function sessionsOf(chosen: boolean | number | undefined, limit: number): number {
  if (chosen === undefined || chosen === false) return 0;
  if (chosen === true) return limit;
  whole("webtransport", chosen, 0, limit);
  return chosen;
}

function remembered(
  map: ReadonlyMap<number, number | bigint> | undefined,
  isClient: boolean,
): ReadonlyMap<number, number | bigint> | null {
  if (map === undefined) return null;
  if (!isClient || !(map instanceof Map))
    throw new UsageError("OPTION_INVALID", "rememberedSettings is a Map, and a client's");
  return map;
}

function strategyOf(strategy: string | undefined): "static" | "safe" | "eager" {
  if (strategy === undefined) return "safe";
  if (strategy === "static" || strategy === "safe" || strategy === "eager") return strategy;
  throw new UsageError("OPTION_INVALID", `qpack.strategy is "static", "safe" or "eager"`);
}

function pushOf(id: number | undefined, isClient: boolean): number {
  if (id === undefined) return -1;
  if (!isClient) throw new UsageError("OPTION_INVALID", "maxPushId is an option of clients");
  whole("maxPushId", id, 0, Number.MAX_SAFE_INTEGER);
  return id;
}

const NAMES = new Set([
  "qpackMaxTableCapacity",
  "qpackBlockedStreams",
  "maxFieldSectionSize",
  "enableConnectProtocol",
  "extra",
]);

/** Settings as they go on the wire; what is the default of the RFC is left out. */
function settingsList(
  settings: H3Settings,
  fieldSectionLength: number,
  tableCapacity: number,
  blockedStreams: number,
): Varint[] {
  for (const name of Object.keys(settings))
    if (!NAMES.has(name)) throw new UsageError("SETTING_UNKNOWN", `there is no setting ${name}`);
  const { maxFieldSectionSize = fieldSectionLength, enableConnectProtocol } = settings;
  whole("maxFieldSectionSize", maxFieldSectionSize, 0, Number.MAX_SAFE_INTEGER);
  if (enableConnectProtocol !== undefined && typeof enableConnectProtocol !== "boolean")
    throw new UsageError("SETTING_INVALID", "enableConnectProtocol is a boolean");
  const list: Varint[] = [];
  if (tableCapacity > 0) list.push(H3Setting.QpackMaxTableCapacity, tableCapacity);
  if (blockedStreams > 0) list.push(H3Setting.QpackBlockedStreams, blockedStreams);
  list.push(H3Setting.MaxFieldSectionSize, maxFieldSectionSize);
  return list;
}

function addExtra(list: Varint[], settings: H3Settings): void {
  const used = new Set(list.filter((_, i) => i % 2 === 0));
  for (const [id, value] of settings.extra ?? []) {
    if (!isVarint(id) || !isVarint(value))
      throw new UsageError("SETTING_INVALID", "a setting is a pair of numbers up to 2^62 - 1");
    // One number has one form.
    const number = id <= Number.MAX_SAFE_INTEGER ? Number(id) : id;
    if (used.has(number) || isForbidden(number))
      throw new UsageError("SETTING_INVALID", `setting ${id} has a name, or no place in HTTP/3`);
    used.add(number);
    list.push(number, value);
  }
}

/** Settings of HTTP/2 (RFC 9114 section 7.2.4.1), and those that have names of their own. */
function isForbidden(id: Varint): boolean {
  return (id >= 1 && id <= 8) || id === H3Setting.H3Datagram;
}

function whole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new UsageError("SETTING_INVALID", `${name} is a whole number from ${min} to ${max}`);
}
