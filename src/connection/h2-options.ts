// Options of an HTTP/2 connection, checked once.

import { FIELD_TABLE_SIZE_MAX } from "../abi/field-memory.js";
import { Setting } from "../abi/h2-tape.js";
import { UsageError } from "../errors.js";
import { type H2LimitName, type H2Limits, h2Limits } from "../limits.js";

/** Our SETTINGS (RFC 9113 section 6.5.2, RFC 8441, RFC 9218) and the window of the connection. */
export interface H2Settings {
  /** Dynamic table that the peer's encoder may use, in bytes. Default 4,096. */
  readonly headerTableSize?: number;
  /** Client: whether the server may push. Default false. */
  readonly enablePush?: boolean;
  /** Streams that the peer may have open at a time. Default: the limit concurrentStreams, which is always enforced. */
  readonly maxConcurrentStreams?: number;
  /** Window of each stream in bytes. Default 262,144. */
  readonly initialWindowSize?: number;
  /** Longest payload of a frame in bytes. Default 16,384. */
  readonly maxFrameSize?: number;
  /** Longest field section in bytes, advisory. Default: the limit fieldSectionLength. */
  readonly maxHeaderListSize?: number;
  /** Server: extended CONNECT (RFC 8441) is understood. Default false. */
  readonly enableConnectProtocol?: boolean;
  /** The priorities of RFC 7540 are not used (RFC 9218 section 2.1). Default true. */
  readonly noRfc7540Priorities?: boolean;
  /** Window of the connection in bytes; no setting, but a WINDOW_UPDATE behind them. Default 1,048,576. */
  readonly connectionWindowSize?: number;
  /** Settings without a name here, as [identifier, value]; sent behind the others. */
  readonly extra?: readonly (readonly [id: number, value: number])[];
}

/** What `new H2Connection` takes. */
export interface H2Options {
  /** "server" reads requests, "client" reads responses. */
  readonly role: "server" | "client";
  /** Limits that differ from the defaults (docs/limits.md). */
  readonly limits?: H2Limits;
  /** Our SETTINGS. */
  readonly settings?: H2Settings;
  /** HTTP/2 has no leniencies today: an empty object, or false. */
  readonly lenient?: Readonly<Record<string, never>> | false;
  /** Report each frame of either direction as a `frame` event. */
  readonly observe?: boolean;
  /** Reads the time in milliseconds; budgets refill, and windows adapt, by it. None by default. */
  readonly clock?: () => number;
  /**
   * How receive windows are given back. "fixed" (default): when a data event was delivered. "adaptive": the same, and
   * windows grow with bandwidth x delay, measured by PING; needs the clock. "manual": when `consume` says so,
   * and for what a stream still holds when it is over, at once.
   */
  readonly window?: "fixed" | "adaptive" | "manual";
  /** Server: fields or content above a limit are answered by 431 or 413 before the stream ends. Default true. */
  readonly respondToErrors?: boolean;
  /**
   * Server: the HTTP2-Settings field of an HTTP/1.1 request that was answered with 101 and `Upgrade: h2c` (RFC 7540
   * section 3.2): its request is stream 1. Client: `true`, stream 1 waits for the response. Off by default.
   */
  readonly upgrade?: string | true;
  /**
   * For tools that read both sides of somebody else's connection: what this end announces and does is what `noteSent` is
   * told, and nothing else. What take() gives is for nobody. Off by default.
   */
  readonly passive?: boolean;
}

/** Checked options. */
export interface H2Config {
  readonly isClient: boolean;
  readonly limits: Readonly<Record<H2LimitName, number>>;
  /** Our first SETTINGS: flat [id, value, …]; values of the RFC's defaults are left out. */
  readonly settings: readonly number[];
  readonly connectionWindow: number;
  readonly streamWindow: number;
  readonly observe: boolean;
  readonly clock: (() => number) | null;
  readonly window: "fixed" | "adaptive" | "manual";
  readonly respondToErrors: boolean;
  readonly upgrade: string | true | null;
  readonly passive: boolean;
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
  "upgrade",
  "passive",
]);

/** Largest window (RFC 9113 section 6.9.1). */
export const WINDOW_MAX = 2 ** 31 - 1;
/** Windows at the start (RFC 9113 section 6.9.2). */
export const WINDOW_DEFAULT = 65_535;
/** Frame size at the start (RFC 9113 section 6.5.2). */
export const FRAME_SIZE_DEFAULT = 16_384;
const OUR_STREAM_WINDOW = 262_144;
const OUR_CONNECTION_WINDOW = 1_048_576;

/** Configs of options without anything of their own, which most connections have. */
const plain = new Map<string, H2Config>();

/**
 * Checks options.
 * @throws UsageError for anything unknown or out of range
 */
export function h2Config(options: H2Options): H2Config {
  if (options === null || typeof options !== "object") {
    throw new UsageError("OPTIONS_INVALID", `new H2Connection takes { role: "server" | "client" }`);
  }
  const { role } = options;
  if (role !== "server" && role !== "client")
    throw new UsageError("ROLE_INVALID", `role is "server" or "client"`);
  for (const name of Object.keys(options)) {
    if (!MEMBERS.has(name))
      throw new UsageError("OPTION_UNKNOWN", `H2Connection has no option ${name}`);
  }
  if (Object.keys(options).length > 1) return newConfig(options);
  const known = plain.get(role) ?? newConfig(options);
  plain.set(role, known);
  return known;
}

function newConfig(options: H2Options): H2Config {
  const { settings = {}, window = "fixed", clock = null, lenient, upgrade = null } = options;
  if (window !== "fixed" && window !== "adaptive" && window !== "manual")
    throw new UsageError("OPTION_INVALID", `window is "fixed", "adaptive" or "manual"`);
  if (clock !== null && typeof clock !== "function")
    throw new UsageError("OPTION_INVALID", "clock is a function that gives milliseconds");
  if (window === "adaptive" && clock === null)
    throw new UsageError("OPTION_INVALID", `window "adaptive" needs the clock`);
  if (settings === null || typeof settings !== "object")
    throw new UsageError("OPTION_INVALID", "settings is an object");
  if (lenient && Object.keys(lenient).length > 0)
    throw new UsageError("LENIENT_UNKNOWN", "HTTP/2 has no leniencies");
  const isClient = options.role === "client";
  checkUpgrade(upgrade, isClient);
  const streamWindow = settings.initialWindowSize ?? OUR_STREAM_WINDOW;
  const limits = h2Limits(
    withStreams(options.limits, settings),
    settings.maxFrameSize ?? FRAME_SIZE_DEFAULT,
    streamWindow,
  );
  const connectionWindow = settings.connectionWindowSize ?? OUR_CONNECTION_WINDOW;
  whole("connectionWindowSize", connectionWindow, WINDOW_DEFAULT, WINDOW_MAX);
  return {
    isClient,
    limits,
    settings: firstSettings(settings, limits, isClient, streamWindow),
    connectionWindow,
    streamWindow,
    observe: options.observe ?? false,
    clock,
    window,
    respondToErrors: options.respondToErrors ?? true,
    upgrade,
    passive: options.passive ?? false,
  };
}

function checkUpgrade(upgrade: string | true | null, isClient: boolean): void {
  const fits = upgrade === null || (isClient ? upgrade === true : typeof upgrade === "string");
  if (!fits)
    throw new UsageError(
      "OPTION_INVALID",
      "upgrade is the HTTP2-Settings field on a server, true on a client",
    );
}

/** maxConcurrentStreams is a limit as well as a setting: what is advertised is enforced. */
function withStreams(limits: H2Limits | undefined, settings: H2Settings): H2Limits | undefined {
  const { maxConcurrentStreams: streams } = settings;
  const limit = limits?.concurrentStreams;
  if (streams === undefined) return limits;
  if (limit === undefined) return { ...limits, concurrentStreams: streams };
  if (streams > limit)
    throw new UsageError("SETTING_INVALID", "maxConcurrentStreams is above concurrentStreams");
  return limits; // which later SETTINGS may go up to
}

const NAMES = new Set([
  "headerTableSize",
  "enablePush",
  "maxConcurrentStreams",
  "initialWindowSize",
  "maxFrameSize",
  "maxHeaderListSize",
  "enableConnectProtocol",
  "noRfc7540Priorities",
  "connectionWindowSize",
  "extra",
]);

/** Identifiers that have a name. */
const NAMED: ReadonlySet<number> = new Set([
  Setting.HeaderTableSize,
  Setting.EnablePush,
  Setting.MaxConcurrentStreams,
  Setting.InitialWindowSize,
  Setting.MaxFrameSize,
  Setting.MaxHeaderListSize,
  Setting.EnableConnectProtocol,
  Setting.NoRfc7540Priorities,
]);

function firstSettings(
  chosen: H2Settings,
  limits: Readonly<Record<H2LimitName, number>>,
  isClient: boolean,
  streamWindow: number,
): number[] {
  const all: H2Settings = {
    enablePush: false,
    initialWindowSize: streamWindow,
    maxConcurrentStreams: limits.concurrentStreams,
    maxHeaderListSize: limits.fieldSectionLength,
    noRfc7540Priorities: true,
    ...chosen,
  };
  return settingsList(all, isClient);
}

/**
 * Settings as they go on the wire: flat [id, value, …] in the order of their identifiers, `extra` behind.
 * @throws UsageError
 */
export function settingsList(settings: H2Settings, isClient: boolean): number[] {
  for (const name of Object.keys(settings)) {
    if (!NAMES.has(name)) throw new UsageError("SETTING_UNKNOWN", `there is no setting ${name}`);
  }
  const list: number[] = [];
  const add = (id: Setting, name: keyof H2Settings, min: number, max: number) => {
    const value = settings[name] as number | undefined;
    if (value === undefined) return;
    whole(name, value, min, max);
    list.push(id, value);
  };
  const flag = (id: Setting, name: keyof H2Settings) => {
    const value = settings[name];
    if (value === undefined) return;
    if (typeof value !== "boolean") throw new UsageError("SETTING_INVALID", `${name} is a boolean`);
    list.push(id, value ? 1 : 0);
  };
  add(Setting.HeaderTableSize, "headerTableSize", 0, FIELD_TABLE_SIZE_MAX);
  // A server may say 0 only, and need not (RFC 9113 section 6.5.2).
  if (isClient) flag(Setting.EnablePush, "enablePush");
  else if (settings.enablePush)
    throw new UsageError("SETTING_INVALID", "enablePush is a setting of clients");
  add(Setting.MaxConcurrentStreams, "maxConcurrentStreams", 0, WINDOW_MAX);
  add(Setting.InitialWindowSize, "initialWindowSize", 0, WINDOW_MAX);
  add(Setting.MaxFrameSize, "maxFrameSize", FRAME_SIZE_DEFAULT, 2 ** 24 - 1);
  add(Setting.MaxHeaderListSize, "maxHeaderListSize", 0, 2 ** 32 - 1);
  if (settings.enableConnectProtocol || !isClient)
    flag(Setting.EnableConnectProtocol, "enableConnectProtocol");
  flag(Setting.NoRfc7540Priorities, "noRfc7540Priorities");
  for (const [id, value] of settings.extra ?? []) {
    whole("extra identifier", id, 0, 0xffff);
    whole("extra value", value, 0, 2 ** 32 - 1);
    if (NAMED.has(id))
      throw new UsageError("SETTING_INVALID", `setting ${id} has a name: it is no extra`);
    list.push(id, value);
  }
  return list;
}

function whole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new UsageError("SETTING_INVALID", `${name} is a whole number from ${min} to ${max}`);
}
