// The peer's SETTINGS as they are in force: those remembered of an earlier connection until the new ones come (0-RTT, RFC
// 9114 section 7.2.4.2, RFC 9204 section 3.2.3).
// Rules: H3-SET-6, H3-SET-8, H3-SET-9, H3-SET-11, QP-TAB-8, QP-TAB-9, H3-WT-1, H3-WT-2.

import { ErrorCode } from "../abi/error-code.js";
import { H3Setting } from "../abi/h3-wire.js";
import type { Varint } from "../codec/varint.js";
import type { H3Core } from "./h3-core.js";
import { type Dialect, hasInvalidSetting, negotiateDialect } from "./webtransport-dialect.js";

const NONE: ReadonlyMap<number, number | bigint> = new Map();

/** What the peer said. */
export class H3PeerSettings {
  /** As they came; the defaults of the RFCs are not in it. */
  all: ReadonlyMap<number, number | bigint> = NONE;
  /** The newest version of WebTransport that both offer. */
  dialect: Dialect | null = null;

  /** A setting as a number; absent ones are 0. */
  get(id: H3Setting): number {
    return Number(this.all.get(id) ?? 0);
  }

  get connectProtocol(): boolean {
    return this.get(H3Setting.EnableConnectProtocol) === 1 || this.dialect !== null;
  }

  get datagrams(): boolean {
    return this.get(H3Setting.H3Datagram) === 1 || this.get(H3Setting.H3DatagramDraft04) === 1;
  }
}

/** Our own SETTINGS as a map. */
function ourSettings(core: H3Core): ReadonlyMap<number, number | bigint> {
  const { settings } = core.config;
  const map = new Map<number, number | bigint>();
  for (let i = 0; i < settings.length; i += 2)
    map.set(Number(settings[i]), settings[i + 1] as Varint);
  return map;
}

/** Settings of the earlier connection are in force from the start: requests may go out in 0-RTT. */
export function applyRemembered(core: H3Core): void {
  const { remembered } = core.config;
  if (remembered === null) return;
  core.peer.all = new Map(remembered);
  useSettings(core);
}

/** The peer's SETTINGS, parsed. Gives the code of what is wrong. */
export function applySettings(core: H3Core, list: readonly Varint[]): ErrorCode {
  const map = new Map<number, number | bigint>();
  for (let i = 0; i < list.length; i += 2) map.set(Number(list[i]), list[i + 1] as Varint);
  const { config, peer } = core;
  if (config.sessions > 0 && hasInvalidSetting(config.isClient, map))
    return ErrorCode.WT_SETTING_INVALID;
  const fault = config.remembered === null ? ErrorCode.NONE : reducedFault(config.remembered, map);
  if (fault !== ErrorCode.NONE) return fault;
  peer.all = map;
  useSettings(core);
  return ErrorCode.NONE;
}

function useSettings(core: H3Core): void {
  const { peer, config } = core;
  if (config.sessions > 0)
    peer.dialect = negotiateDialect(config.isClient, ourSettings(core), peer.all);
  core.qpackOut.setPeerSettings(
    peer.get(H3Setting.QpackMaxTableCapacity),
    Math.min(peer.get(H3Setting.QpackBlockedStreams), config.limits.encoderBlockedStreams),
  );
}

/** Settings that a server may raise and not lower against those of its 0-RTT; absent means the default. */
const NOT_REDUCED: readonly (readonly [id: H3Setting, standard: number])[] = [
  [H3Setting.MaxFieldSectionSize, Number.POSITIVE_INFINITY],
  [H3Setting.QpackBlockedStreams, 0],
  [H3Setting.EnableConnectProtocol, 0],
  [H3Setting.H3Datagram, 0],
];

/** What a client remembered and used may not become less. */
function reducedFault(
  remembered: ReadonlyMap<number, number | bigint>,
  settings: ReadonlyMap<number, number | bigint>,
): ErrorCode {
  const capacity = Number(remembered.get(H3Setting.QpackMaxTableCapacity) ?? 0);
  // The encoder may have used it: another one is no table that both could have (RFC 9204 section 3.2.3).
  if (capacity !== 0 && Number(settings.get(H3Setting.QpackMaxTableCapacity) ?? 0) !== capacity)
    return ErrorCode.QPACK_CAPACITY_CHANGED;
  for (const [id, standard] of NOT_REDUCED) {
    if (Number(settings.get(id) ?? standard) < Number(remembered.get(id) ?? standard))
      return ErrorCode.H3_SETTINGS_REDUCED;
  }
  return ErrorCode.NONE;
}
