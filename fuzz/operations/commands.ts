// The operations on two connected ends as fast-check commands: each wraps one operation, so that
// fast-check can shrink a list of them, and the list can be saved as data.

import type * as FastCheck from "fast-check";
import { type Operation, TwoEnds } from "./h1-connection.js";

/** One operation as a command. The model is in the system itself: TwoEnds compares both. */
export class OperationCommand implements FastCheck.Command<object, TwoEnds> {
  readonly operation: Operation;

  constructor(operation: Operation) {
    this.operation = operation;
  }

  check(): boolean {
    return true;
  }

  run(_model: object, ends: TwoEnds): void {
    ends.run(this.operation);
  }

  toString(): string {
    return JSON.stringify(this.operation);
  }
}

/** The last command: everything said is heard. */
export class FinishCommand implements FastCheck.Command<object, TwoEnds> {
  check(): boolean {
    return true;
  }

  run(_model: object, ends: TwoEnds): void {
    ends.finish();
  }

  toString(): string {
    return "finish";
  }
}

/** Arbitrary operations. */
export function operations(fc: typeof FastCheck): FastCheck.Arbitrary<Operation> {
  const kind = <K extends Operation["kind"]>(name: K) => fc.constant(name);
  const side = fc.constantFrom("client" as const, "server" as const);
  const pick = fc.nat(7);
  const body = fc.oneof(fc.constant("none" as const), fc.constant("chunked" as const), fc.nat(60));
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "X-ANY");
  const fields = fc.constantFrom<readonly string[]>(
    [],
    ["x-a", "1"],
    ["x-a", "1", "x-b", "2", "x-a", "3"],
  );
  const length = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.nat(200), fc.constant(70_000));
  const all = [
    fc.record({ kind: kind("request"), method, fields, body }),
    fc.record({ kind: kind("respond"), pick, status: fc.constantFrom(200, 404, 500, 302), body }),
    fc.record({ kind: kind("inform"), pick }),
    fc.record({ kind: kind("data"), side, pick, length: fc.oneof(fc.nat(40), fc.nat(3_000)) }),
    fc.record({ kind: kind("end"), side, pick, trailers: fc.boolean() }),
    fc.record({ kind: kind("deliver"), to: side, length }),
    fc.record({ kind: kind("repeat"), side, pick }),
  ] as const;
  return fc.oneof(...(all as readonly FastCheck.Arbitrary<Operation>[]));
}

/** Lists of commands on a fresh pair of ends. */
export function commandLists(fc: typeof FastCheck, maxCommands = 60) {
  return fc.commands<object, TwoEnds>(
    [operations(fc).map((operation) => new OperationCommand(operation))],
    { maxCommands },
  );
}

/** Runs a list of commands and the last one. */
export function runCommands(
  fc: typeof FastCheck,
  list: Iterable<FastCheck.Command<object, TwoEnds>>,
): void {
  const real = new TwoEnds();
  fc.modelRun(() => ({ model: {}, real }), list);
  real.finish();
}

/** Replays operations that were saved as JSON. */
export function replay(json: string): void {
  const ends = new TwoEnds();
  for (const operation of JSON.parse(json) as Operation[]) ends.run(operation);
  ends.finish();
}
