// Drives a QpackDecoder through dialogues of instructions and sections, at every cut of the encoder stream, beside the naive
// reader: all must say the same.

import { ProtocolError } from "tercet";
import { QpackDecoder, type QpackDecoderOptions } from "tercet/qpack";
import { expect } from "vitest";
import { CODE, type CodeName } from "./h3-names.js";
import { NaiveQpack, type NaiveSection } from "./naive/qpack.js";
import { byteWise, cutAt, cutPositions } from "./pieces.js";

/** Bytes of the encoder stream, a section of a stream, or the end of a stream. */
export type QpackStep =
  | { readonly stream: Uint8Array }
  | { readonly section: Uint8Array; readonly id: number }
  | { readonly cancel: number };

export const stream = (...parts: readonly (readonly number[] | Uint8Array)[]): QpackStep => ({
  stream: Uint8Array.from(parts.flatMap((part) => [...part])),
});
export const read = (id: number, section: Uint8Array): QpackStep => ({ id, section });
export const cancel = (id: number): QpackStep => ({ cancel: id });

/** What came of the steps: "4 a: b | c: d", "4 blocked", "QPACK_…"; after an error there is nothing more. */
export interface QpackOutcome {
  readonly lines: string[];
  readonly error: ProtocolError | null;
  /** Step of the error. */
  readonly errorStep: number;
  /** Everything for the peer's encoder. */
  readonly decoderStream: Uint8Array;
}

export const fieldsLine = (id: number, flat: readonly string[]): string => {
  const pairs: string[] = [];
  for (let at = 0; at < flat.length; at += 2) pairs.push(`${flat[at]}: ${flat[at + 1]}`);
  return `${id} ${pairs.join(" | ")}`;
};

function play(
  options: QpackDecoderOptions,
  steps: readonly QpackStep[],
  cut: (bytes: Uint8Array) => Uint8Array[],
): QpackOutcome {
  const decoder = new QpackDecoder(options);
  const lines: string[] = [];
  let error: ProtocolError | null = null;
  let errorStep = -1;
  const take = () => {
    for (const { streamId, rawHeaders } of decoder.takeUnblocked())
      lines.push(fieldsLine(streamId, rawHeaders));
  };
  for (const [at, step] of steps.entries()) {
    try {
      if ("stream" in step) {
        for (const piece of cut(step.stream)) decoder.receiveEncoderStream(piece);
      } else if ("cancel" in step) decoder.cancel(step.cancel);
      else {
        const fields = decoder.decode(step.id, step.section);
        lines.push(fields === null ? `${step.id} blocked` : fieldsLine(step.id, fields));
      }
      take();
    } catch (caught) {
      if (!(caught instanceof ProtocolError)) throw caught;
      error = caught;
      errorStep = at;
      take();
      lines.push(caught.code);
      break;
    }
  }
  return { lines, error, errorStep, decoderStream: decoder.takeDecoderStream() };
}

/** The same by the naive reader. */
export function playNaive(
  options: QpackDecoderOptions,
  steps: readonly QpackStep[],
): { lines: string[]; naive: NaiveQpack } {
  const naive = new NaiveQpack(options);
  const lines: string[] = [];
  const add = (id: number, outcome: NaiveSection): void => {
    if ("blocked" in outcome) lines.push(`${id} blocked`);
    else if ("code" in outcome) lines.push(outcome.code);
    else
      lines.push(
        fieldsLine(
          id,
          outcome.fields.flatMap(({ name, value }) => [name, value]),
        ),
      );
  };
  for (const step of steps) {
    if ("stream" in step) {
      const fault = naive.encoderStream(step.stream);
      for (const { streamId, outcome } of naive.unblocked()) add(streamId, outcome);
      if (fault !== null) lines.push(fault.code);
    } else if ("cancel" in step) naive.cancel(step.cancel);
    else add(step.id, naive.section(step.id, step.section));
    if (naive.fault !== null) break;
  }
  return { lines, naive };
}

const factsOf = ({ lines, error, errorStep }: QpackOutcome) =>
  JSON.stringify({ lines, errorStep, offset: error?.offset, wire: error?.wireCode });

/** Plays the steps at every cut of the encoder stream; expects the same each time. */
export function drive(
  steps: readonly QpackStep[],
  options: QpackDecoderOptions = {},
): QpackOutcome {
  const whole = play(options, steps, (bytes) => [bytes]);
  const expected = factsOf(whole);
  const same = (name: string, cut: (bytes: Uint8Array) => Uint8Array[]) => {
    const got = factsOf(play(options, steps, cut));
    if (got !== expected) expect(got, name).toBe(expected);
  };
  same("byte by byte", byteWise);
  for (const step of steps) {
    if (!("stream" in step)) continue;
    for (const at of cutPositions(step.stream.length))
      same(`cut at ${at}`, (bytes) => (bytes === step.stream ? cutAt(bytes, at) : [bytes]));
  }
  return whole;
}

/** Plays the steps here and by the naive reader, which must agree; gives the lines. */
export function agreed(
  steps: readonly QpackStep[],
  options: QpackDecoderOptions = {},
): QpackOutcome {
  const outcome = drive(steps, options);
  expect(outcome.lines).toEqual(playNaive(options, steps).lines);
  return outcome;
}

/** The instructions of a decoder stream: "ack 4", "cancel 8", "increment 3". Numbers as they stand in one octet. */
export function instructionLines(bytes: Uint8Array): string[] {
  return Array.from(bytes, (octet) => {
    if (octet >= 128) return `ack ${octet & 127}`;
    return octet >= 64 ? `cancel ${octet & 63}` : `increment ${octet}`;
  });
}

/** The last step was refused so; those before it were not. */
export function expectRefused(
  steps: readonly QpackStep[],
  code: string,
  wire: CodeName,
  options: QpackDecoderOptions = {},
): QpackOutcome {
  const outcome = drive(steps, options);
  expect(outcome.lines.at(-1)).toBe(code);
  expect(outcome.errorStep).toBe(steps.length - 1);
  expect([outcome.error?.scope, outcome.error?.wireCode]).toEqual(["connection", CODE[wire]]);
  return outcome;
}
