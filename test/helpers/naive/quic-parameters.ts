// Transport parameters of QUIC, read in the plainest way (RFC 9000 section 18, RFC 9221, RFC 9287, RFC 9368, drafts of ACK
// frequency and reliable resets): numbers are bigints, one check a line. Written from the RFCs, against which the codec is
// tested.

import { naiveVarint } from "./h3-frames.js";

/** A parameter as "id name value", or "CODE @offset of ID". */
export type Said = string;

const NUMBERS: Record<string, string> = {
  1: "max_idle_timeout",
  3: "max_udp_payload_size",
  4: "initial_max_data",
  5: "initial_max_stream_data_bidi_local",
  6: "initial_max_stream_data_bidi_remote",
  7: "initial_max_stream_data_uni",
  8: "initial_max_streams_bidi",
  9: "initial_max_streams_uni",
  10: "ack_delay_exponent",
  11: "max_ack_delay",
  14: "active_connection_id_limit",
  32: "max_datagram_frame_size",
  4183: "loss_bits",
  4278509083: "min_ack_delay",
  4278443546: "min_ack_delay_draft05",
};
const FLAGS: Record<string, string> = {
  12: "disable_active_migration",
  10930: "grease_quic_bit",
  "6745883625174385": "reset_stream_at",
};
const IDS: Record<string, string> = {
  0: "original_destination_connection_id",
  15: "initial_source_connection_id",
  16: "retry_source_connection_id",
};
const OTHERS: Record<string, string> = {
  2: "stateless_reset_token",
  13: "preferred_address",
  17: "version_information",
  5950: "discard",
  12584: "google_connection_options",
  18258: "google_version",
};
const SERVERS = [0n, 2n, 13n, 16n];

/** What a number may not be. */
function numberFault(id: bigint, value: bigint): string | null {
  if (id === 3n && value < 1200n) return "QUIC_MAX_UDP_PAYLOAD_SIZE_INVALID";
  if ((id === 8n || id === 9n) && value > 2n ** 60n) return "QUIC_INITIAL_MAX_STREAMS_INVALID";
  if (id === 10n && value > 20n) return "QUIC_ACK_DELAY_EXPONENT_INVALID";
  if (id === 11n && value >= 2n ** 14n) return "QUIC_MAX_ACK_DELAY_INVALID";
  if (id === 14n && value < 2n) return "QUIC_ACTIVE_CONNECTION_ID_LIMIT_INVALID";
  return null;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Name and value, or the code of what is wrong. */
function readValue(id: bigint, bytes: Uint8Array): { name: string; value: string } | string {
  const key = String(id);
  if (NUMBERS[key] !== undefined) {
    const found = naiveVarint(bytes, 0);
    if (found?.length !== bytes.length) return "QUIC_PARAMETER_LENGTH_INVALID";
    const fault = numberFault(id, found.value);
    return fault ?? { name: NUMBERS[key], value: String(found.value) };
  }
  if (FLAGS[key] !== undefined) {
    return bytes.length > 0 ? "QUIC_FLAG_PARAMETER_INVALID" : { name: FLAGS[key], value: "true" };
  }
  if (IDS[key] !== undefined) {
    return bytes.length > 20
      ? "QUIC_PARAMETER_LENGTH_INVALID"
      : { name: IDS[key], value: hex(bytes) };
  }
  const value = hex(bytes);
  if (id === 2n && bytes.length !== 16) return "QUIC_STATELESS_RESET_TOKEN_INVALID";
  if (id === 13n) {
    const length = bytes[24] ?? 0;
    const isGood = length >= 1 && length <= 20 && bytes.length === 41 + length;
    if (!isGood) return "QUIC_PREFERRED_ADDRESS_INVALID";
  }
  if (id === 17n) {
    const versions: string[] = value.match(/.{8}/g) ?? [];
    const isGood = bytes.length >= 4 && bytes.length % 4 === 0 && !versions.includes("00000000");
    if (!isGood) return "QUIC_VERSION_INFORMATION_INVALID";
  }
  const unknown = id % 31n === 27n ? "GREASE" : "UNKNOWN";
  return { name: OTHERS[key] ?? unknown, value };
}

/** What the parameters of a list are, in its order. */
export function naiveParameters(bytes: Uint8Array, from?: "client" | "server"): Said[] {
  const said: Said[] = [];
  const seen = new Map<bigint, { value: string; at: number }>();
  for (let at = 0; at < bytes.length; ) {
    const id = naiveVarint(bytes, at);
    if (id === null) return [...said, `QUIC_PARAMETER_TRUNCATED @${at} of null`];
    const lengthAt = at + id.length;
    const length = naiveVarint(bytes, lengthAt);
    const valueAt = lengthAt + (length?.length ?? 0);
    if (length === null || length.value > BigInt(bytes.length - valueAt))
      return [...said, `QUIC_PARAMETER_TRUNCATED @${lengthAt} of ${id.value}`];
    const fail = (code: string, where: number) => [...said, `${code} @${where} of ${id.value}`];
    if (seen.has(id.value)) return fail("QUIC_PARAMETER_REPEATED", at);
    if (from === "client" && SERVERS.includes(id.value))
      return fail("QUIC_PARAMETER_FROM_CLIENT", at);
    const value = readValue(id.value, bytes.slice(valueAt, valueAt + Number(length.value)));
    if (typeof value === "string") return fail(value, valueAt);
    seen.set(id.value, { value: value.value, at: valueAt });
    said.push(`${id.value} ${value.name} ${value.value}`);
    at = valueAt + Number(length.value);
  }
  return [...said, ...together(seen, from)];
}

/** What several parameters together may not be: the first of it. */
function together(
  seen: ReadonlyMap<bigint, { value: string; at: number }>,
  from: string | undefined,
): Said[] {
  const address = seen.get(13n);
  if (address !== undefined && seen.get(15n)?.value === "")
    return [`QUIC_PREFERRED_ADDRESS_INVALID @${address.at} of 13`];
  const versions = seen.get(17n);
  if (versions !== undefined && from === "client") {
    const [chosen, ...available] = versions.value.match(/.{8}/g) ?? [];
    if (!available.includes(chosen ?? ""))
      return [`QUIC_VERSION_INFORMATION_INVALID @${versions.at} of 17`];
  }
  const most = BigInt(seen.get(11n)?.value ?? 25) * 1000n;
  for (const id of [0xff04de1bn, 0xff03de1an]) {
    const least = seen.get(id);
    if (least !== undefined && BigInt(least.value) > most)
      return [`QUIC_MIN_ACK_DELAY_INVALID @${least.at} of ${id}`];
  }
  return [];
}
