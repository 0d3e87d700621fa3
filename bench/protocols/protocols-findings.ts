// What the comparison of the protocols finds, and what is said of it.

import type { Samples } from "../harness/rounds.js";
import { median } from "../harness/statistics.js";
import type { Table } from "../harness/table.js";
import { ns } from "../harness/table.js";
import type { ProtocolName, RequestBytes } from "../inputs/protocol-inputs.js";
import { PROTOCOLS, STEPS } from "../inputs/protocol-inputs.js";

/** One message in one protocol. */
export interface Cost {
  readonly protocol: ProtocolName;
  readonly sent: RequestBytes;
  /** Octets of an answer, its content aside; mean. */
  readonly answered: number;
  /** ns of each step, in the order of STEPS. */
  readonly steps: readonly number[];
}

/** One kind of message in all protocols. */
export interface MessageCosts {
  readonly message: string;
  /** What it is, in a few words. */
  readonly about: string;
  readonly costs: readonly Cost[];
}

/** Bytes that a protocol holds. */
export interface Held {
  readonly protocol: ProtocolName;
  /** A connection that waits, behind a request. */
  readonly idle: number;
  /** One more request that is not answered; of HTTP/1.1 beyond what its connection holds idle. */
  readonly open: number;
}

export const TITLES: Readonly<Record<ProtocolName, string>> = {
  h1: "HTTP/1.1",
  h2: "HTTP/2",
  h3: "HTTP/3",
};

/** Each step is what its mode takes beyond the one before; what noise makes negative is nothing. */
export function stepsOf(protocol: ProtocolName, samples: Samples): number[] {
  const modes = STEPS.map((step) => median(samples[`${protocol}-${step}`] ?? []));
  return modes.map((value, i) => Math.max(0, value - (modes[i - 1] ?? 0)));
}

/** ns of all steps. */
export function total({ steps }: Cost): number {
  return steps.reduce((sum, value) => sum + value, 0);
}

/** One line a message and protocol. */
export function costsTable(found: readonly MessageCosts[]): Table {
  const heading = ["a request", "first, B", "later, B", "answer, B", ...STEPS, "in all, ns"];
  const body = found.flatMap(({ message, costs }) =>
    costs.map((cost) => [
      `${message} ${TITLES[cost.protocol]}`,
      ns(Math.round(cost.sent.first)),
      ns(Math.round(cost.sent.later)),
      ns(Math.round(cost.answered)),
      ...cost.steps.map(ns),
      ns(total(cost)),
    ]),
  );
  return [heading, ...body];
}

/** What a connection is, once. */
export function connectionTable(found: readonly MessageCosts[], held: readonly Held[]): Table {
  const heading = ["a connection", "opening, B", "idle, B of memory", "one more open request, B"];
  const opening = (protocol: ProtocolName): number =>
    found[0]?.costs.find((cost) => cost.protocol === protocol)?.sent.opening ?? 0;
  const body = held.map(({ protocol, idle, open }) => [
    TITLES[protocol],
    ns(opening(protocol)),
    ns(Math.round(idle)),
    ns(Math.round(open)),
  ]);
  return [heading, ...body];
}

/** The answer in one sentence, from the message that the sentence is about. */
export function sentence(found: readonly MessageCosts[], held: readonly Held[]): string {
  const costs = found.find(({ message }) => message === "page load")?.costs ?? [];
  const parts = PROTOCOLS.flatMap((protocol) => {
    const cost = costs.find((one) => one.protocol === protocol);
    const bytes = held.find((one) => one.protocol === protocol);
    if (!cost || !bytes) return [];
    const time = (total(cost) / 1000).toFixed(1);
    return [
      `${ns(Math.round(cost.sent.later))} bytes and ${time} us on ${TITLES[protocol]} ` +
        `(${(bytes.idle / 1024).toFixed(1)} KiB for a connection that waits)`,
    ];
  });
  return `A request of a page, answered, costs ${parts.join(", ")}.`;
}
