// Connections, packets, parameters and mistakes of QUIC as drafts.

import type {
  ObservedConnectionStart,
  ObservedError,
  ObservedHello,
  ObservedPacket,
  ObservedParameters,
} from "../quic.js";
import type { Draft, InspectConnection } from "./events.js";
import { KEPT_MAX } from "./protocol-options.js";
import { frameFields } from "./quic-frame-drafts.js";
import { violation } from "./violation.js";

function errorOf({ direction, error }: ObservedError): Draft {
  return violation("quic", direction, error.offset, error.code, error.streamId, error.scope);
}

function packetDraft(packet: ObservedPacket, keepsBytes: boolean): Draft {
  const { direction, at, packetType, packetNumber, length, decrypted, reason } = packet;
  const number = packetNumber === null ? null : small(packetNumber);
  const bytes = keepsBytes && packet.packet !== null ? { bytes: packet.packet.bytes.slice() } : {};
  return {
    event: "packet",
    protocol: "quic",
    direction,
    offset: at,
    packetType,
    packetNumber: number,
    length,
    decrypted,
    reason,
    ...headerFields(packet),
    ...bytes,
  } as Draft;
}

/** What the header says beside its type. */
function headerFields({ version, keyPhase, isDuplicate, packet }: ObservedPacket): object {
  if (packet === null) return {};
  const { destinationConnectionId, sourceConnectionId, token, supportedVersions } = packet;
  return {
    version,
    destinationConnectionId: destinationConnectionId.slice(),
    ...(sourceConnectionId === null ? {} : { sourceConnectionId: sourceConnectionId.slice() }),
    ...(token === null || token.length === 0 ? {} : { token: token.slice() }),
    ...(supportedVersions === null ? {} : { supportedVersions }),
    ...(keyPhase === null ? {} : { keyPhase }),
    ...(isDuplicate ? { isDuplicate } : {}),
  };
}

function small(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** What both hellos say. */
function withMore(before: ObservedHello | null, now: ObservedHello): ObservedHello {
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
const QUIC_V2 = 0x6b3343cf;

/** The connection, where there is something new to tell. */
function tell(connection: Connection): Draft[] {
  const { start, hello, streams } = connection;
  if (start === null) return [];
  const suite = hello?.cipherSuite ?? null;
  const draft: Draft<InspectConnection> = {
    event: "connection",
    protocol: streams.protocol,
    direction: "client",
    offset: 0,
    client: start.client,
    server: start.server,
    alpn: streams.alpn,
    serverName: hello?.serverName ?? null,
    security: `QUIC ${start.version === QUIC_V2 ? "v2" : `v${start.version}`}`,
    cipherSuite: suite === null ? null : (CIPHER_SUITES.get(suite) ?? `0x${suite.toString(16)}`),
  };
  const text = JSON.stringify(draft);
  if (text === connection.told) return [];
  connection.told = text;
  return [draft];
}
