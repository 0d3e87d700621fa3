// Runs attack rows of captures against tercet/inspect, and says what is wrong with the outcome.

import { logDifference } from "../attack-log.js";
import type { InspectAttack } from "./row.js";

/** What a row needs of tercet/inspect: the module itself has it. */
export interface InspectSubjects {
  readonly CaptureReader: new () => {
    push(bytes: Uint8Array): readonly CaptureThing[];
    end(): readonly CaptureThing[];
  };
  readonly PacketDecoder: new () => { decode(packet: never): SegmentThing | null };
  readonly TcpTracker: new () => {
    receive(segment: never): readonly TcpThing[];
    end(): readonly TcpThing[];
  };
  readonly KeyLog: new () => {
    push(text: Uint8Array): void;
    end(): void;
    readonly errors: readonly { readonly code: string }[];
    readonly size: number;
  };
  readonly Inspector: new (options: {
    keyLog?: string;
  }) => {
    push(bytes: Uint8Array): readonly EventThing[];
    end(): readonly EventThing[];
  };
}

/** An item of a capture, as far as a row looks at it. */
export interface CaptureThing {
  readonly kind: string;
  readonly code?: string;
}
/** A segment. */
export interface SegmentThing {
  readonly kind: string;
  readonly bytes?: Uint8Array;
  readonly what?: string;
}
/** An event of TCP. */
export interface TcpThing {
  readonly kind: string;
  readonly direction?: string;
  readonly bytes?: Uint8Array;
  readonly length?: number;
}
/** An event of an inspector. */
export interface EventThing {
  readonly event: string;
  readonly code?: unknown;
  readonly reason?: unknown;
}

/** What a run of an attack came to. */
export interface InspectAttackOutcome {
  /** One line for each thing that was said. */
  readonly log: readonly string[];
  readonly length: number;
  readonly milliseconds: number;
  /** To keep alive while memory is measured. */
  readonly held: unknown;
}

/** Cuts a file into the pieces that are pushed. */
export type CutFile = (bytes: Uint8Array) => readonly Uint8Array[];

const KIB64 = 65_536;
/** As a file is read: 64 KiB at a time, each in a buffer of its own. */
const asRead: CutFile = (bytes) => {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += KIB64) pieces.push(bytes.slice(at, at + KIB64));
  return pieces;
};

/** Runs one attack; `isOver`: the end of the file is told, too. */
export function runInspectAttack(
  attack: InspectAttack,
  subjects: InspectSubjects,
  cut: CutFile = asRead,
  isOver = true,
): InspectAttackOutcome {
  const bytes = attack.bytes();
  const pieces = cut(bytes);
  const log: string[] = [];
  const start = now();
  const held =
    attack.subject === "capture"
      ? runCapture(pieces, subjects, log, isOver)
      : attack.subject === "key-log"
        ? runKeyLog(pieces, subjects, log, isOver)
        : runInspector(pieces, attack.keyLog, subjects, log, isOver);
  return { log, length: bytes.length, milliseconds: now() - start, held };
}

/** A clock where there is one: only reports of cost look at it. */
function now(): number {
  const { performance } = globalThis as { performance?: { now(): number } };
  return performance?.now() ?? 0;
}

function runCapture(
  pieces: readonly Uint8Array[],
  { CaptureReader, PacketDecoder, TcpTracker }: InspectSubjects,
  log: string[],
  isOver: boolean,
): unknown {
  const reader = new CaptureReader();
  const decoder = new PacketDecoder();
  const tracker = new TcpTracker();
  const tell = (list: readonly TcpThing[]): void => {
    for (const { kind, direction = "", bytes, length } of list) {
      log.push(`${kind} ${direction} ${bytes?.length ?? length ?? ""}`.trim());
    }
  };
  const items = (list: readonly CaptureThing[]): void => {
    for (const item of list) {
      if (item.kind === "error") log.push(`error ${item.code}`);
      if (item.kind === "secrets") log.push("secrets");
      if (item.kind !== "packet") continue;
      const segment = decoder.decode(item as never);
      if (segment === null) continue;
      if (segment.kind !== "tcp")
        log.push(`${segment.kind} ${segment.what ?? segment.bytes?.length}`);
      else tell(tracker.receive(segment as never));
    }
  };
  for (const piece of pieces) items(reader.push(piece));
  if (isOver) items(reader.end());
  if (isOver) tell(tracker.end());
  return [reader, decoder, tracker];
}

function runKeyLog(
  pieces: readonly Uint8Array[],
  { KeyLog }: InspectSubjects,
  log: string[],
  isOver: boolean,
): unknown {
  const keys = new KeyLog();
  for (const piece of pieces) keys.push(piece);
  if (isOver) keys.end();
  log.push(...keys.errors.map(({ code }) => `error ${code}`), `secrets ${keys.size}`);
  return keys;
}

function runInspector(
  pieces: readonly Uint8Array[],
  keyLog: string | null,
  { Inspector }: InspectSubjects,
  log: string[],
  isOver: boolean,
): unknown {
  const inspector = new Inspector(keyLog === null ? {} : { keyLog });
  for (const piece of pieces) log.push(...inspectLines(inspector.push(piece)));
  if (isOver) log.push(...inspectLines(inspector.end()));
  return inspector;
}

/** One line for each event of an inspector. */
export function inspectLines(events: readonly EventThing[]): string[] {
  return events.map((event) => {
    if (event.event === "error") return `error ${String(event.code)}`;
    if (event.event === "packet" && typeof event.reason === "string")
      return `closed ${event.reason}`;
    return event.event;
  });
}

/** What is wrong with the outcome of an attack; null: nothing. */
export function inspectAttackFault(
  attack: InspectAttack,
  { log }: InspectAttackOutcome,
): string | null {
  const { expected, bounds } = attack;
  const difference = logDifference(expected.log, log);
  if (difference !== null) return difference;
  const forbidden = log.find((line) =>
    expected.never.some((word) => ` ${line} `.includes(` ${word} `)),
  );
  if (forbidden !== undefined) return `"${forbidden}" may not be`;
  return log.length > bounds.reports ? `${log.length} reports of ${bounds.reports}` : null;
}
