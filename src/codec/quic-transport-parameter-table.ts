// Transport parameters of QUIC: what each of them is, in ONE table, and what a value may be (RFC 9000 section 18.2, RFC
// 9221, RFC 9287, RFC 9368, drafts of ACK frequency, reliable resets and loss bits).
// Rules: Q-TP-3, Q-TP-4, Q-TP-5, Q-TP-6, Q-TP-7, Q-TP-8, Q-TP-9, Q-TP-10, Q-TP-11, Q-TP-12, Q-TP-13, Q-VN-1, Q-RA-4,
// Q-VN-2.

import { ErrorCode } from "../abi/error-code.js";
import {
  CONNECTION_ID_MAX,
  MIN_ACK_DELAY_DRAFT05_PARAMETER,
  MIN_ACK_DELAY_PARAMETER,
  QuicParameter,
  RESET_STREAM_AT_PARAMETER,
  STATELESS_RESET_TOKEN_LENGTH,
  STREAM_COUNT_MAX,
} from "../abi/quic-wire.js";
import type { ProtocolError } from "../errors.js";
import { readVarintExact, type Varint, varintSize } from "./varint.js";

/** Address that a server would rather be reached at (RFC 9000 section 18.2). */
export interface PreferredAddress {
  /** 4 octets; all 0 where there is none. */
  readonly ipv4Address: Uint8Array;
  readonly ipv4Port: number;
  /** 16 octets; all 0 where there is none. */
  readonly ipv6Address: Uint8Array;
  readonly ipv6Port: number;
  readonly connectionId: Uint8Array;
  readonly statelessResetToken: Uint8Array;
}

/** What version_information says (RFC 9368 section 3). */
export interface VersionInformation {
  readonly chosenVersion: number;
  readonly availableVersions: readonly number[];
}

/** A number, octets, `true` of a parameter that is there or not, or what a parameter with fields has. */
export type TransportParameterValue =
  | Varint
  | Uint8Array
  | true
  | PreferredAddress
  | VersionInformation;

/** One transport parameter. */
export interface TransportParameter {
  readonly id: Varint;
  /** As in the registry: "initial_max_data"; "GREASE" of 31 * N + 27, "UNKNOWN" of all others. */
  readonly name: string;
  /** Octets where the name is not known. */
  readonly value: TransportParameterValue;
  /** The value as it is on the wire. */
  readonly bytes: Uint8Array;
}

/** What is wrong with the list; always the last event. Its offset counts octets of the list before the mistake. */
export interface TransportParameterError {
  readonly type: "error";
  readonly error: ProtocolError;
  /** The parameter that is wrong; null where its identifier is cut. */
  readonly id: Varint | null;
}

/** What a value is. */
type Kind = "number" | "flag" | "id" | "token" | "address" | "versions" | "octets";

/** A row of the table. */
export interface ParameterRow {
  readonly id: number;
  readonly name: string;
  readonly kind: Kind;
  /** Only servers send it. */
  readonly isServers?: boolean;
  /** Numbers: smallest and largest. */
  readonly least?: number;
  readonly most?: number;
  /** What a number out of range is. */
  readonly fault?: ErrorCode;
}

const MAX_ACK_DELAY_END = 2 ** 14;
const PORT_LENGTH = 2;
const IPV4_LENGTH = 4;
const IPV6_LENGTH = 16;
/** Octets of preferred_address before the connection id, its length included. */
const ADDRESS_LENGTH = IPV4_LENGTH + IPV6_LENGTH + 2 * PORT_LENGTH + 1;
const VERSION_LENGTH = 4;

const STREAMS = {
  kind: "number",
  most: STREAM_COUNT_MAX,
  fault: ErrorCode.QUIC_INITIAL_MAX_STREAMS_INVALID,
} as const;

/** The table; a parameter without a row is unknown, and fine. */
export const PARAMETER_TABLE: readonly ParameterRow[] = [
  {
    id: QuicParameter.OriginalDestinationConnectionId,
    name: "original_destination_connection_id",
    ...{ kind: "id", isServers: true },
  },
  { id: QuicParameter.MaxIdleTimeout, name: "max_idle_timeout", kind: "number" },
  {
    id: QuicParameter.StatelessResetToken,
    name: "stateless_reset_token",
    ...{ kind: "token", isServers: true },
  },
  {
    id: QuicParameter.MaxUdpPayloadSize,
    name: "max_udp_payload_size",
    ...{ kind: "number", least: 1200, fault: ErrorCode.QUIC_MAX_UDP_PAYLOAD_SIZE_INVALID },
  },
  { id: QuicParameter.InitialMaxData, name: "initial_max_data", kind: "number" },
  {
    id: QuicParameter.InitialMaxStreamDataBidiLocal,
    name: "initial_max_stream_data_bidi_local",
    kind: "number",
  },
  {
    id: QuicParameter.InitialMaxStreamDataBidiRemote,
    name: "initial_max_stream_data_bidi_remote",
    kind: "number",
  },
  {
    id: QuicParameter.InitialMaxStreamDataUni,
    name: "initial_max_stream_data_uni",
    kind: "number",
  },
  { id: QuicParameter.InitialMaxStreamsBidi, name: "initial_max_streams_bidi", ...STREAMS },
  { id: QuicParameter.InitialMaxStreamsUni, name: "initial_max_streams_uni", ...STREAMS },
  {
    id: QuicParameter.AckDelayExponent,
    name: "ack_delay_exponent",
    ...{ kind: "number", most: 20, fault: ErrorCode.QUIC_ACK_DELAY_EXPONENT_INVALID },
  },
  {
    id: QuicParameter.MaxAckDelay,
    name: "max_ack_delay",
    kind: "number",
    ...{ most: MAX_ACK_DELAY_END - 1, fault: ErrorCode.QUIC_MAX_ACK_DELAY_INVALID },
  },
  { id: QuicParameter.DisableActiveMigration, name: "disable_active_migration", kind: "flag" },
  {
    id: QuicParameter.PreferredAddress,
    name: "preferred_address",
    ...{ kind: "address", isServers: true },
  },
  {
    id: QuicParameter.ActiveConnectionIdLimit,
    name: "active_connection_id_limit",
    ...{ kind: "number", least: 2, fault: ErrorCode.QUIC_ACTIVE_CONNECTION_ID_LIMIT_INVALID },
  },
  {
    id: QuicParameter.InitialSourceConnectionId,
    name: "initial_source_connection_id",
    kind: "id",
  },
  {
    id: QuicParameter.RetrySourceConnectionId,
    name: "retry_source_connection_id",
    ...{ kind: "id", isServers: true },
  },
  { id: QuicParameter.VersionInformation, name: "version_information", kind: "versions" },
  { id: QuicParameter.MaxDatagramFrameSize, name: "max_datagram_frame_size", kind: "number" },
  { id: QuicParameter.Discard, name: "discard", kind: "octets" },
  { id: QuicParameter.LossBits, name: "loss_bits", kind: "number" },
  { id: QuicParameter.GoogleConnectionOptions, name: "google_connection_options", kind: "octets" },
  { id: QuicParameter.GoogleVersion, name: "google_version", kind: "octets" },
  { id: QuicParameter.GreaseQuicBit, name: "grease_quic_bit", kind: "flag" },
  { id: RESET_STREAM_AT_PARAMETER, name: "reset_stream_at", kind: "flag" },
  { id: MIN_ACK_DELAY_PARAMETER, name: "min_ack_delay", kind: "number" },
  { id: MIN_ACK_DELAY_DRAFT05_PARAMETER, name: "min_ack_delay_draft05", kind: "number" },
];

const BY_ID: ReadonlyMap<Varint, ParameterRow> = new Map(
  PARAMETER_TABLE.map((row) => [row.id, row]),
);
const BY_NAME: ReadonlyMap<string, ParameterRow> = new Map(
  PARAMETER_TABLE.map((row) => [row.name, row]),
);

/** Row of a parameter; undefined where it is unknown. */
export function parameterRow(id: Varint): ParameterRow | undefined {
  return BY_ID.get(id);
}

/** Row of a name; undefined where it is none. */
export function parameterRowNamed(name: string): ParameterRow | undefined {
  return BY_NAME.get(name);
}

/** Name of a parameter. */
export function parameterName(id: Varint): string {
  const row = BY_ID.get(id);
  if (row !== undefined) return row.name;
  return isReservedParameter(id) ? "GREASE" : "UNKNOWN";
}

/** Whether a parameter is one of 31 * N + 27, which mean nothing (RFC 9000 section 18.1). */
function isReservedParameter(id: Varint): boolean {
  return typeof id === "bigint" ? id % 31n === 27n : id % 31 === 27;
}

/** A value, or the code of what is wrong with it. `{ fault }` tells them apart. */
export type ParsedValue =
  | { readonly value: TransportParameterValue }
  | { readonly fault: ErrorCode };

/** Value of a parameter with these octets: a view of them where it is octets. */
export function parseValue(row: ParameterRow | undefined, bytes: Uint8Array): ParsedValue {
  switch (row?.kind) {
    case "number":
      return parseNumber(row, bytes);
    case "flag":
      return bytes.length === 0
        ? { value: true }
        : { fault: ErrorCode.QUIC_FLAG_PARAMETER_INVALID };
    case "id":
      return bytes.length <= CONNECTION_ID_MAX
        ? { value: bytes }
        : { fault: ErrorCode.QUIC_PARAMETER_LENGTH_INVALID };
    case "token":
      return bytes.length === STATELESS_RESET_TOKEN_LENGTH
        ? { value: bytes }
        : { fault: ErrorCode.QUIC_STATELESS_RESET_TOKEN_INVALID };
    case "address":
      return parseAddress(bytes);
    case "versions":
      return parseVersions(bytes);
    default:
      return { value: bytes };
  }
}

function parseNumber(row: ParameterRow, bytes: Uint8Array): ParsedValue {
  const value = readVarintExact(bytes, 0, bytes.length);
  const isOne = value !== -1 && varintSize(bytes[0] as number) === bytes.length;
  if (!isOne) return { fault: ErrorCode.QUIC_PARAMETER_LENGTH_INVALID };
  const { least = 0, most = Number.POSITIVE_INFINITY, fault = ErrorCode.NONE } = row;
  return value >= least && value <= most ? { value } : { fault };
}

function parseAddress(bytes: Uint8Array): ParsedValue {
  const fault = { fault: ErrorCode.QUIC_PREFERRED_ADDRESS_INVALID };
  if (bytes.length < ADDRESS_LENGTH) return fault;
  const idLength = bytes[ADDRESS_LENGTH - 1] as number;
  const tokenAt = ADDRESS_LENGTH + idLength;
  if (idLength < 1 || idLength > CONNECTION_ID_MAX) return fault;
  if (bytes.length !== tokenAt + STATELESS_RESET_TOKEN_LENGTH) return fault;
  const ipv6At = IPV4_LENGTH + PORT_LENGTH;
  const value: PreferredAddress = {
    ipv4Address: view(bytes, 0, IPV4_LENGTH),
    ipv4Port: uint16(bytes, IPV4_LENGTH),
    ipv6Address: view(bytes, ipv6At, IPV6_LENGTH),
    ipv6Port: uint16(bytes, ipv6At + IPV6_LENGTH),
    connectionId: view(bytes, ADDRESS_LENGTH, idLength),
    statelessResetToken: view(bytes, tokenAt, STATELESS_RESET_TOKEN_LENGTH),
  };
  return { value };
}

function parseVersions(bytes: Uint8Array): ParsedValue {
  const versions: number[] = [];
  for (let at = 0; at + VERSION_LENGTH <= bytes.length; at += VERSION_LENGTH)
    versions.push(uint16(bytes, at) * 2 ** 16 + uint16(bytes, at + 2));
  const [chosenVersion, ...availableVersions] = versions;
  const isList = bytes.length % VERSION_LENGTH === 0 && !versions.includes(0);
  if (!isList || chosenVersion === undefined)
    return { fault: ErrorCode.QUIC_VERSION_INFORMATION_INVALID };
  return { value: { chosenVersion, availableVersions } };
}

/** A plain view, also of bytes that are a Buffer. */
function view(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
