// What operations on two connected ends have in common, whatever the protocol: a pair of ends that performs
// operations that are plain data, and commands of fast-check around them.

import type * as FastCheck from "fast-check";

/** Two connected ends and everything that they have said so far. */
export interface Ends<Operation> {
  /** Performs one operation and checks what must hold after it. */
  run(operation: Operation): void;
  /** Ends what is open, delivers everything, and expects both sides to have heard all of it. */
  finish(): void;
}

/** One target of operations. */
export interface OperationTarget {
  readonly name: string;
  readonly about: string;
  /** Lists of commands on a fresh pair of ends. */
  commands(fc: typeof FastCheck): FastCheck.Arbitrary<Iterable<FastCheck.Command<object, object>>>;
  /** Runs a list of commands and the last one. */
  run(fc: typeof FastCheck, list: Iterable<FastCheck.Command<object, object>>): void;
  /** Replays operations that were saved as JSON. */
  replay(json: string): void;
}

/** One operation as a command. The model is in the system itself, which compares both. */
class OperationCommand<Operation> implements FastCheck.Command<object, Ends<Operation>> {
  readonly operation: Operation;

  constructor(operation: Operation) {
    this.operation = operation;
  }

  check(): boolean {
    return true;
  }

  run(_model: object, ends: Ends<Operation>): void {
    ends.run(this.operation);
  }

  toString(): string {
    return JSON.stringify(this.operation);
  }
}

/** A target of operations from what makes its ends and its operations; lists of `size` "small" have about ten. */
export function operationTarget<Operation>(
  name: string,
  about: string,
  make: () => Ends<Operation>,
  operations: (fc: typeof FastCheck) => FastCheck.Arbitrary<Operation>,
  maxCommands = 60,
  size: FastCheck.Size = "small",
): OperationTarget {
  return {
    name,
    about,
    commands: (fc) =>
      fc.commands<object, Ends<Operation>>(
        [operations(fc).map((operation) => new OperationCommand(operation))],
        { maxCommands, size },
      ) as FastCheck.Arbitrary<Iterable<FastCheck.Command<object, object>>>,
    run(fc, list) {
      const real = make();
      fc.modelRun(
        () => ({ model: {}, real }),
        list as Iterable<FastCheck.Command<object, Ends<Operation>>>,
      );
      real.finish();
    },
    replay(json) {
      const ends = make();
      for (const operation of JSON.parse(json) as Operation[]) ends.run(operation);
      ends.finish();
    },
  };
}
