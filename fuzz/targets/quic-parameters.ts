// parseTransportParameters and its encoder: any octets, from a client, a server, nobody. The error is the last event; parameters
// tile what stands before it; what is encoded again is read again.

import { QUIC_PARAMETER_TOKENS, quicArbitraries, readVarint } from "tercet/fuzz";
import {
  encodeTransportParameters,
  parseTransportParameters,
  type TransportParameter,
} from "tercet/quic";
import { archived } from "../files.js";
import { fault, type Target } from "./target.js";

const SENDERS = ["client", "server", undefined] as const;

/** The target. */
export const quicParameters: Target = {
  name: "quic-parameters",
  about:
    "parseTransportParameters: every parameter in its place, encodeTransportParameters gives them back",
  corpus: "quic-parameters",
  tokens: QUIC_PARAMETER_TOKENS,
  seeds: () => archived(["neqo-dev.tar.gz"], "tparams"),
  arbitrary: (fc) => quicArbitraries(fc).parameters,
  check(input) {
    return SENDERS.map((from) => checkParameters(input, from)).join(" | ");
  },
};

function checkParameters(input: Uint8Array, from: "client" | "server" | undefined): string {
  const list: TransportParameter[] = [];
  let code = "";
  let end = 0;
  for (const event of parseTransportParameters(input, from)) {
    if (code !== "") fault("an event behind the error");
    if ("error" in event) {
      code = event.error.code;
      if ((event.error.offset ?? 0) > input.length) fault(`an error at ${event.error.offset}`);
      continue;
    }
    const id = readVarint(input, end);
    const length = id === null ? null : readVarint(input, id.next);
    if (id === null || length === null) throw new Error(`${event.name} is not whole`);
    if (BigInt(event.id) !== id.value) fault(`${event.name} is ${id.value}`);
    if (BigInt(event.bytes.length) !== length.value) fault(`${event.name} has ${length.value}`);
    end = length.next + event.bytes.length;
    list.push(event);
  }
  if (end > input.length || (code === "" && end !== input.length))
    fault(`${end} octets of ${input.length}`);
  if (code === "") encodedAgain(list, from);
  return `${list.map(({ name }) => name).slice(0, 6)} ${code}`;
}

function encodedAgain(list: TransportParameter[], from: "client" | "server" | undefined): void {
  const again = parseTransportParameters(encodeTransportParameters(list), from);
  const text = (events: readonly object[]) =>
    JSON.stringify(events, (_key, value) => (typeof value === "bigint" ? String(value) : value));
  // What an integer is does not depend on the octets that it took.
  const plain = (events: readonly object[]) => text(events.map((one) => ({ ...one, bytes: null })));
  if (plain(again) !== plain(list)) fault(`${plain(list)} came back as ${plain(again)}`);
}
