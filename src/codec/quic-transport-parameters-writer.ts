// encodeTransportParameters: a list to the value of the TLS extension quic_transport_parameters (RFC 9000 section 18). What
// our own parser would refuse is wrong use.
// Rules: Q-TP-1, Q-TP-3, Q-TP-4, Q-TP-5, Q-TP-6, Q-TP-7, Q-TP-8, Q-TP-9, Q-TP-10, Q-TP-12, Q-VN-1.

import { UsageError } from "../errors.js";
import { ByteWriter } from "./byte-writer.js";
import {
  type ParameterRow,
  type PreferredAddress,
  parameterRow,
  parameterRowNamed,
  parseValue,
  type TransportParameterValue,
  type VersionInformation,
} from "./quic-transport-parameter-table.js";
import { isVarint, putVarint, type Varint } from "./varint.js";

const UINT16 = 0xffff;
const UINT32 = 0xffff_ffff;

/** A parameter to send: what parseTransportParameters gives, or name and value, or identifier and octets. */
export interface TransportParameterInput {
  /** May be left out where the name is one of the registry. */
  readonly id?: Varint;
  readonly name?: string;
  /** Octets where the name is not known; octets are taken as they are everywhere. */
  readonly value?: TransportParameterValue;
  /** Taken where there is no value. */
  readonly bytes?: Uint8Array;
}

/**
 * The list in its order.
 * @throws UsageError QUIC_PARAMETER_INVALID
 */
export function encodeTransportParameters(
  parameters: Iterable<TransportParameterInput>,
): Uint8Array {
  if (typeof parameters?.[Symbol.iterator] !== "function") refuse("parameters are a list");
  const out = new ByteWriter();
  const seen = new Set<Varint>();
  for (const parameter of parameters) {
    const id = idOf(parameter);
    if (seen.has(id)) refuse(`${nameOf(parameter)} stands twice`);
    seen.add(id);
    const row = parameterRow(id);
    const bytes = bytesOf(parameter, row);
    if ("fault" in parseValue(row, bytes)) refuse(`${nameOf(parameter)} does not take this value`);
    putVarint(out, id);
    putVarint(out, bytes.length);
    out.putBytes(bytes);
  }
  return out.bytes.slice(0, out.length);
}

function idOf({ id, name }: TransportParameterInput): Varint {
  const row = name === undefined ? undefined : parameterRowNamed(name);
  const found = id ?? row?.id;
  if (found === undefined) refuse(`${name ?? "a parameter without a name"} needs its identifier`);
  if (!isVarint(found))
    refuse("id takes whole numbers from 0 to 2^53 - 1, and bigints up to 2^62 - 1");
  const plain = found <= Number.MAX_SAFE_INTEGER ? Number(found) : found;
  if (row !== undefined && row.id !== plain) refuse(`${name} has another identifier`);
  return plain;
}

function nameOf({ id, name }: TransportParameterInput): string {
  return name ?? `parameter ${id}`;
}

function bytesOf(
  { value, bytes }: TransportParameterInput,
  row: ParameterRow | undefined,
): Uint8Array {
  const given = value ?? bytes;
  if (given instanceof Uint8Array) return given;
  if (given === true) return new Uint8Array(0);
  const out = new ByteWriter();
  if (isVarint(given)) putVarint(out, given as Varint);
  else if (row?.kind === "address") putAddress(out, given as PreferredAddress);
  else if (row?.kind === "versions") putVersions(out, given as VersionInformation);
  else refuse(`${row?.name ?? "an unknown parameter"} does not take this value`);
  return out.bytes.slice(0, out.length);
}

function putAddress(out: ByteWriter, address: PreferredAddress | undefined): void {
  const { ipv4Address, ipv4Port, ipv6Address, ipv6Port, connectionId, statelessResetToken } =
    address ?? refuse("preferred_address has fields");
  putOctets(out, "ipv4Address", ipv4Address, 4);
  putPort(out, ipv4Port);
  putOctets(out, "ipv6Address", ipv6Address, 16);
  putPort(out, ipv6Port);
  if (!(connectionId instanceof Uint8Array)) refuse("connectionId takes a Uint8Array");
  out.putUint8(connectionId.length);
  out.putBytes(connectionId);
  putOctets(out, "statelessResetToken", statelessResetToken, 16);
}

function putVersions(out: ByteWriter, information: VersionInformation | undefined): void {
  const { chosenVersion, availableVersions } =
    information ?? refuse("version_information has fields");
  for (const version of [chosenVersion, ...availableVersions]) {
    if (!Number.isInteger(version) || version < 1 || version > UINT32)
      refuse("versions are numbers of 1 to 2^32 - 1");
    out.putUint32(version);
  }
}

function putOctets(out: ByteWriter, what: string, bytes: unknown, length: number): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length)
    refuse(`${what} is a Uint8Array of ${length} octets`);
  out.putBytes(bytes);
}

function putPort(out: ByteWriter, port: number): void {
  if (!Number.isInteger(port) || port < 0 || port > UINT16) refuse("a port is 0 to 65535");
  out.putUint16(port);
}

function refuse(message: string): never {
  throw new UsageError("QUIC_PARAMETER_INVALID", message);
}
