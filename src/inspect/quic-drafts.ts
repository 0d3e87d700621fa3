// Connections, packets, parameters and mistakes of QUIC as drafts.

import type {
  ObservedConnectionStart,
  ObservedError,
  ObservedHello,
  ObservedPacket,
  ObservedParameters,
  QuicPacket,
} from "../quic.js";
import type { Draft, InspectConnection } from "./events.js";
import { KEPT_MAX } from "./protocol-options.js";
import { frameDraft } from "./quic-frame-drafts.js";
import { violation } from "./violation.js";

/** A violation by its sender. */
export function errorOf({ direction, error }: ObservedError): Draft {
  const { offset, code, streamId, scope, wireCode } = error;
  return violation("quic", direction, offset, code, streamId, scope, wireCode);
}

/** A packet, opened or closed. */
function packetDraft(packet: ObservedPacket, keepsBytes: boolean): Draft {
  const { direction, at, packetType, packetNumber, length, decrypted, reason } = packet;
  const draft: Record<string, unknown> = {
    event: "packet",
    protocol: "quic",
    direction,
    offset: at,
    packetType,
    packetNumber: packetNumber === null ? null : small(packetNumber),
    length,
    decrypted,
    reason,
  };
  if (packet.packet !== null) addHeader(draft, packet, packet.packet);
  if (keepsBytes && packet.packet !== null) draft.bytes = packet.packet.bytes.slice();
  return draft as unknown as Draft;
}

/** What the header says beside its type. */
function addHeader(
  draft: Record<string, unknown>,
  { version, keyPhase, isDuplicate }: ObservedPacket,
  { destinationConnectionId, sourceConnectionId, token, supportedVersions }: QuicPacket,
): void {
  draft.version = version;
  draft.destinationConnectionId = destinationConnectionId.slice();
  if (sourceConnectionId !== null) draft.sourceConnectionId = sourceConnectionId.slice();
  if (token !== null && token.length > 0) draft.token = token.slice();
  if (supportedVersions !== null) draft.supportedVersions = supportedVersions;
  if (keyPhase !== null) draft.keyPhase = keyPhase;
  if (isDuplicate) draft.isDuplicate = true;
}

function small(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** What both hellos say. */
export function withMore(before: ObservedHello | null, now: ObservedHello): ObservedHello {
  if (before === null) return now;
  return {
    ...now,
    serverName: now.serverName ?? before.serverName,
    alpn: now.alpn.length > 0 ? now.alpn : before.alpn,
    cipherSuite: now.cipherSuite ?? before.cipherSuite,
  };
}

const CIPHER_SUITES: ReadonlyMap<number, string> = new Map([
  [0x1301, "TLS_AES_128_GCM_SHA256"],
  [0x1302, "TLS_AES_256_GCM_SHA384"],
  [0x1303, "TLS_CHACHA20_POLY1305_SHA256"],
  [0x1304, "TLS_AES_128_CCM_SHA256"],
  [0x1305, "TLS_AES_128_CCM_8_SHA256"],
]);
const VERSIONS: ReadonlyMap<number, string> = new Map([
  [1, "v1"],
  [0x6b3343cf, "v2"],
  [0x709a50c4, "v2 draft"],
]);

const hexOf = (number: number) => `0x${number.toString(16).padStart(4, "0")}`;

/** What a connection is known by. */
export interface ConnectionFacts {
  readonly protocol: "h3" | "quic";
  readonly alpn: string | null;
  readonly start: ObservedConnectionStart;
  readonly hello: ObservedHello | null;
  /** Where the client is, which may change. */
  readonly client: string;
}

/** The connection, as far as it is known. */
export function connectionDraft(facts: ConnectionFacts): Draft<InspectConnection> {
  const { protocol, alpn, start, hello, client } = facts;
  const suite = hello?.cipherSuite ?? null;
  return {
    event: "connection",
    protocol,
    direction: "client",
    offset: 0,
    client,
    server: start.server,
    alpn,
    serverName: hello?.serverName ?? null,
    security: `QUIC ${VERSIONS.get(start.version) ?? hexOf(start.version)}`,
    cipherSuite: suite === null ? null : (CIPHER_SUITES.get(suite) ?? hexOf(suite)),
  };
}

/** Transport parameters of one side (RFC 9000 section 18): an extension of its handshake message, no frame of QUIC. */
export function parametersDraft({ direction, parameters }: ObservedParameters): Draft {
  let length = 0;
  for (const { bytes } of parameters) length += bytes.length;
  return {
    event: "frame",
    protocol: "tls",
    direction,
    offset: 0,
    name: "TRANSPORT_PARAMETERS",
    streamId: null,
    length,
    rfc: "RFC 9000 section 18",
    parameters: parameters.map(({ id, name, value }) => ({ id, name, value: ownValue(value) })),
  };
}

/** Octets are those of the datagram: a copy stays. */
function ownValue(value: unknown): unknown {
  return value instanceof Uint8Array ? value.slice() : value;
}

/** A packet, and its frames. */
export function packetDrafts(packet: ObservedPacket, keepsBytes: boolean): Draft[] {
  const drafts: Draft[] = [packetDraft(packet, keepsBytes)];
  const { direction, payload } = packet;
  for (const frame of packet.frames) {
    const { at, size } = frame;
    const draft = frameDraft(direction, frame);
    if (keepsBytes && payload !== null)
      Object.assign(draft, { bytes: payload.slice(at, at + Math.min(size, KEPT_MAX)) });
    drafts.push(draft);
  }
  return drafts;
}
