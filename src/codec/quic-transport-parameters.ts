// parseTransportParameters: the extension quic_transport_parameters of a TLS message to a list (RFC 9000 section 18).
// Unknown and reserved parameters stay in it; every list has an end, and nothing is allocated by a declared length.
// Rules: Q-TP-1, Q-TP-2, Q-TP-3, Q-TP-10, Q-TP-11, Q-TP-13, Q-VN-1, Q-VN-2, Q-AF-1.

import { ErrorCode } from "../abi/error-code.js";
import {
  MIN_ACK_DELAY_DRAFT05_PARAMETER,
  MIN_ACK_DELAY_PARAMETER,
  QuicParameter,
} from "../abi/quic-wire.js";
import { ProtocolError, UsageError } from "../errors.js";
import { FrameSender, senderOf } from "./quic-frame-table.js";
import {
  parameterName,
  parameterRow,
  parseValue,
  type TransportParameter,
  type TransportParameterError,
  type VersionInformation,
} from "./quic-transport-parameter-table.js";
import { readVarint, readVarintExact, type Varint, varintSize } from "./varint.js";

export type {
  PreferredAddress,
  TransportParameter,
  TransportParameterError,
  TransportParameterValue,
  VersionInformation,
} from "./quic-transport-parameter-table.js";

/** max_ack_delay of who does not send it, in milliseconds (RFC 9000 section 18.2). */
const MAX_ACK_DELAY = 25;
const MICROSECONDS = 1000;

/**
 * The parameters in wire order, octets in them views of the bytes. A mistake is the last event, after what stands before
 * it; what only several parameters together show comes behind all of them.
 * @param bytes value of the extension
 * @param from who sent them; without it, parameters that only servers send are accepted
 * @throws UsageError BYTES_INVALID, OPTION_INVALID
 */
export function parseTransportParameters(
  bytes: Uint8Array,
  from?: "client" | "server",
): (TransportParameter | TransportParameterError)[] {
  if (!(bytes instanceof Uint8Array))
    throw new UsageError("BYTES_INVALID", "parseTransportParameters takes a Uint8Array");
  const list = new ParameterList(bytes, senderOf(from));
  list.read();
  return list.events;
}

class ParameterList {
  readonly events: (TransportParameter | TransportParameterError)[] = [];
  readonly #bytes: Uint8Array;
  readonly #sender: FrameSender;
  readonly #ids = new Set<Varint>();
  /** Of those in the table, the values and their places. */
  readonly #known = new Map<
    Varint,
    { readonly parameter: TransportParameter; readonly at: number }
  >();

  constructor(bytes: Uint8Array, sender: FrameSender) {
    this.#bytes = bytes;
    this.#sender = sender;
  }

  read(): void {
    let at = 0;
    while (at !== -1 && at < this.#bytes.length) at = this.#readOne(at);
    if (at !== -1) this.#checkTogether();
  }

  /** The parameter at `at`. Gives the place behind it, -1 with an error. */
  #readOne(at: number): number {
    const bytes = this.#bytes;
    const end = bytes.length;
    const id = readVarintExact(bytes, at, end);
    if (id === -1) return this.#fail(ErrorCode.QUIC_PARAMETER_TRUNCATED, at, null);
    const lengthAt = at + varintSize(bytes[at] as number);
    const length = readVarint(bytes, lengthAt, end);
    if (length === -1) return this.#fail(ErrorCode.QUIC_PARAMETER_TRUNCATED, lengthAt, id);
    const valueAt = lengthAt + varintSize(bytes[lengthAt] as number);
    if (length > end - valueAt) return this.#fail(ErrorCode.QUIC_PARAMETER_TRUNCATED, lengthAt, id);
    if (this.#ids.has(id)) return this.#fail(ErrorCode.QUIC_PARAMETER_REPEATED, at, id);
    const row = parameterRow(id);
    if (row?.isServers === true && this.#sender === FrameSender.Client)
      return this.#fail(ErrorCode.QUIC_PARAMETER_FROM_CLIENT, at, id);
    const raw = new Uint8Array(bytes.buffer, bytes.byteOffset + valueAt, length);
    const parsed = parseValue(row, raw);
    if ("fault" in parsed) return this.#fail(parsed.fault, valueAt, id);
    const parameter = { id, name: parameterName(id), value: parsed.value, bytes: raw };
    this.#ids.add(id);
    if (row !== undefined) this.#known.set(id, { parameter, at: valueAt });
    this.events.push(parameter);
    return valueAt + length;
  }

  /** What no single parameter shows. */
  #checkTogether(): void {
    const address = this.#known.get(QuicParameter.PreferredAddress);
    const source = this.#known.get(QuicParameter.InitialSourceConnectionId);
    const versions = this.#known.get(QuicParameter.VersionInformation);
    const isAnonymous = source?.parameter.bytes.length === 0;
    if (address !== undefined && isAnonymous)
      this.#fail(ErrorCode.QUIC_PREFERRED_ADDRESS_INVALID, address.at, address.parameter.id);
    else if (versions !== undefined && !this.#isChoiceAvailable(versions.parameter))
      this.#fail(ErrorCode.QUIC_VERSION_INFORMATION_INVALID, versions.at, versions.parameter.id);
    else this.#checkAckDelay();
  }

  /** A client chooses among the versions that it has (RFC 9368 section 4). */
  #isChoiceAvailable({ value }: TransportParameter): boolean {
    const { chosenVersion, availableVersions } = value as VersionInformation;
    return this.#sender !== FrameSender.Client || availableVersions.includes(chosenVersion);
  }

  /** min_ack_delay is in microseconds, max_ack_delay in milliseconds. */
  #checkAckDelay(): void {
    const most = this.#known.get(QuicParameter.MaxAckDelay)?.parameter.value ?? MAX_ACK_DELAY;
    for (const id of [MIN_ACK_DELAY_PARAMETER, MIN_ACK_DELAY_DRAFT05_PARAMETER]) {
      const least = this.#known.get(id);
      if (least === undefined) continue;
      const isAbove = (least.parameter.value as Varint) > Number(most) * MICROSECONDS;
      if (isAbove) return void this.#fail(ErrorCode.QUIC_MIN_ACK_DELAY_INVALID, least.at, id);
    }
  }

  #fail(code: ErrorCode, at: number, id: Varint | null): -1 {
    this.events.push({ type: "error", error: new ProtocolError(code, at, null), id });
    return -1;
  }
}
