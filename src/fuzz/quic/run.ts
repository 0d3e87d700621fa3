// Runs attack rows of QUIC against tercet/quic, and says what is wrong with the outcome.

import { logDifference } from "../attack-log.js";
import { SECRETS } from "../tls.js";
import type { QuicDatagram } from "./peers.js";
import type { QuicAttack } from "./row.js";
import type { QuicTools } from "./tools.js";

/** An error as functions and observers report it. */
interface ReportedError {
  readonly error: { readonly code: string };
}

/** What an observer says, as far as a row looks at it. */
export interface QuicObserved {
  readonly kind: string;
  readonly connection: number;
  readonly direction: string;
}

/** An observer that is attacked. */
export interface AttackedObserver {
  receive(datagram: QuicDatagram): readonly QuicObserved[];
  end(): readonly QuicObserved[];
}

/** A reassembler that is attacked. */
export interface AttackedReassembler {
  insert(offset: number | bigint, bytes: Uint8Array, fin: boolean): number;
  take(): readonly Uint8Array[];
  readonly heldBytes: number;
  readonly fragments: number;
}

/** What an attack needs of tercet/quic: the module itself has it. */
export interface QuicSubjects extends QuicTools {
  parseDatagram(
    bytes: Uint8Array,
    options: { connectionIdLength: number },
  ): readonly { readonly type: string; readonly length: number }[];
  parseFrames(
    payload: Uint8Array,
    packetType: string,
  ): readonly ({ readonly name: string } | ReportedError)[];
  parseTransportParameters(
    bytes: Uint8Array,
    from: "client" | "server",
  ): readonly ({ readonly name: string } | ReportedError)[];
  QuicObserver: new (options: {
    secrets(clientRandom: Uint8Array): ReadonlyMap<string, Uint8Array> | null;
  }) => AttackedObserver;
  Reassembler: new (limits: { bytes: number; fragments: number }) => AttackedReassembler;
}

/** What a run of an attack came to. */
export interface QuicAttackOutcome {
  /** One line for each thing that was reported. */
  readonly log: readonly string[];
  /** Octets that were given. */
  readonly length: number;
  /** Milliseconds in the function or object under attack. */
  readonly milliseconds: number;
  /** To keep alive while memory is measured. */
  readonly held: unknown;
}

/** One line for each observation; packets that were opened are left out. */
export function observationLines(observations: readonly QuicObserved[]): string[] {
  return observations.flatMap((one) => {
    const line = observationLine(one as QuicObserved & Readonly<Record<string, unknown>>);
    return line === null ? [] : [`${one.connection} ${one.direction} ${line}`];
  });
}

function observationLine(one: QuicObserved & Readonly<Record<string, unknown>>): string | null {
  const { kind } = one;
  if (kind === "packet") return one.decrypted === true ? null : `closed ${String(one.reason)}`;
  if (kind === "error") return `error ${(one as unknown as ReportedError).error.code}`;
  if (kind === "stream") {
    const { length } = one.bytes as Uint8Array;
    return `stream ${String(one.streamId)} ${length}${one.fin === true ? " fin" : ""}`;
  }
  if (kind === "gap") return `gap ${String(one.streamId)} ${String(one.length)}`;
  if (kind === "reset") return `reset ${String(one.streamId)}`;
  if (kind === "stopSending") return `stopSending ${String(one.streamId)}`;
  if (kind === "close") return `close ${String(one.code)}`;
  if (kind === "datagram") return `datagram ${(one.bytes as Uint8Array).length}`;
  return kind;
}

/** Calls something and adds its time. */
class Watch {
  milliseconds = 0;

  run<T>(what: () => T): T {
    const start = now();
    const result = what();
    this.milliseconds += now() - start;
    return result;
  }
}

/** A clock where there is one: only reports of cost look at it. */
function now(): number {
  const { performance } = globalThis as { performance?: { now(): number } };
  return performance?.now() ?? 0;
}

const nameLine = (one: { readonly name: string } | ReportedError): string =>
  "error" in one ? `error ${one.error.code}` : one.name;

/** Runs one attack; without `isOver` an observer is not told the end: what it holds then can be measured. */
export function runQuicAttack(
  attack: QuicAttack,
  quic: QuicSubjects,
  isOver = true,
): QuicAttackOutcome {
  const watch = new Watch();
  const { input } = attack;
  switch (input.subject) {
    case "datagram": {
      const bytes = input.bytes();
      const held = watch.run(() => quic.parseDatagram(bytes, input));
      const log = held.map(({ type, length }) => `${type} ${length}`);
      return { log, length: bytes.length, milliseconds: watch.milliseconds, held };
    }
    case "frames": {
      const bytes = input.bytes();
      const held = watch.run(() => quic.parseFrames(bytes, input.packetType));
      const { milliseconds } = watch;
      return { log: held.map(nameLine), length: bytes.length, milliseconds, held };
    }
    case "parameters": {
      const bytes = input.bytes();
      const held = watch.run(() => quic.parseTransportParameters(bytes, input.from));
      const { milliseconds } = watch;
      return { log: held.map(nameLine), length: bytes.length, milliseconds, held };
    }
    case "observer":
      return observed(input.datagrams(quic), quic, watch, isOver);
    case "reassembler": {
      const held = new quic.Reassembler({ ...input.limits });
      const log: string[] = [];
      let length = 0;
      for (const { offset, bytes, fin = false } of input.pieces()) {
        length += bytes.length;
        const fault = watch.run(() => held.insert(offset, bytes, fin));
        if (fault !== 0) log.push(`fault ${fault}`);
        const taken = watch.run(() => held.take()).reduce((sum, one) => sum + one.length, 0);
        if (taken > 0) log.push(`taken ${taken}`);
        if (held.heldBytes > input.limits.bytes) log.push(`error ${held.heldBytes} bytes held`);
        if (held.fragments > input.limits.fragments) log.push(`error ${held.fragments} fragments`);
      }
      return { log, length, milliseconds: watch.milliseconds, held };
    }
  }
}

function observed(
  datagrams: readonly QuicDatagram[],
  quic: QuicSubjects,
  watch: Watch,
  isOver: boolean,
): QuicAttackOutcome {
  const held = new quic.QuicObserver({ secrets: () => SECRETS });
  const log: string[] = [];
  let length = 0;
  for (const datagram of datagrams) {
    length += datagram.bytes.length;
    log.push(...observationLines(watch.run(() => held.receive(datagram))));
  }
  if (isOver) log.push(...observationLines(watch.run(() => held.end())));
  return { log, length, milliseconds: watch.milliseconds, held };
}

/** What is wrong with the outcome of an attack; null: nothing. */
export function quicAttackFault(attack: QuicAttack, { log }: QuicAttackOutcome): string | null {
  const { expected, bounds } = attack;
  const difference = logDifference(expected.log, log);
  if (difference !== null) return difference;
  const forbidden = log.find((line) =>
    expected.never.some((word) => ` ${line} `.includes(` ${word} `)),
  );
  if (forbidden !== undefined) return `"${forbidden}" may not be`;
  return log.length > bounds.reports ? `${log.length} reports of ${bounds.reports}` : null;
}
