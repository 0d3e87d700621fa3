// Where the events of `tercet inspect` go: text to standard output, qlog to its file, never faster than they are taken.

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import {
  COLOURED_TREE,
  HexPrinter,
  type InspectError,
  type InspectEvent,
  PLAIN_TREE,
  QlogWriter,
  TreePrinter,
  toJsonLine,
} from "../inspect/index.js";
import { WrongUse } from "./wrong-use.js";

/** What is written and where. */
interface Outputs {
  /** On standard output; "none" where qlog goes there. */
  readonly form: "json" | "hex" | "tree" | "none";
  /** A file, "-" for standard output, or none. */
  readonly qlog: string | undefined;
  /** The input may not end soon: show what is there. */
  readonly isLive: boolean;
}

/** Turns events into text, and text into bytes of a stream. */
type Printer = (events: readonly InspectEvent[]) => string;

export class InspectOutput {
  readonly #print: Printer;
  readonly #qlog: QlogWriter | null;
  readonly #qlogStream: NodeJS.WritableStream | null;
  readonly #qlogFile: string;
  readonly #isForPrograms: boolean;
  #qlogError: Error | null = null;
  #firstError: InspectError | null = null;
  errors = 0;
  /** Lines of the key log that are none; the first hundred are told. */
  keyLogErrors = 0;

  constructor(outputs: Outputs) {
    this.#print = printer(outputs);
    this.#isForPrograms = outputs.form === "json";
    this.#qlogFile = outputs.qlog ?? "";
    this.#qlog = outputs.qlog === undefined ? null : new QlogWriter();
    this.#qlogStream =
      outputs.qlog === undefined
        ? null
        : outputs.qlog === "-"
          ? process.stdout
          : createWriteStream(outputs.qlog);
    this.#qlogStream?.on("error", (error) => {
      this.#qlogError = error;
    });
  }

  /** The first violation in words, or null. */
  get firstError(): string | null {
    const error = this.#firstError;
    if (error === null) return null;
    if (error.code === "CAPTURE_UNKNOWN") return `${error.message}; --as says what raw bytes are`;
    return `${error.code} at byte ${error.offset}: ${error.message} (${error.rfc}, ${error.rule})`;
  }

  async write(events: readonly InspectEvent[]): Promise<void> {
    for (const event of events) {
      if (event.event !== "error") continue;
      if (event.code.startsWith("KEY_LOG_")) {
        // It says nothing about the input.
        this.keyLogErrors++;
        continue;
      }
      this.#firstError ??= event;
      this.errors++;
    }
    // Nothing that tercet knows: the one line on stderr says all, and programs still get the event.
    const isNothing = this.#firstError?.code === "CAPTURE_UNKNOWN" && !this.#isForPrograms;
    if (!isNothing) {
      for (const part of partsOf(events)) await send(process.stdout, this.#print(part));
    }
    if (this.#qlog !== null) await this.#sendQlog(this.#qlog.push(events));
  }

  async end(): Promise<void> {
    if (this.#qlog === null || this.#qlogStream === null) return;
    await this.#sendQlog(this.#qlog.end());
    if (this.#qlogStream === process.stdout) return;
    this.#qlogStream.end();
    await finished(this.#qlogStream).catch((error) => this.#refuse(error));
  }

  async #sendQlog(text: string): Promise<void> {
    if (this.#qlogStream !== null) await send(this.#qlogStream, text);
    if (this.#qlogError !== null) this.#refuse(this.#qlogError);
  }

  /** A file that cannot be written is found out before anything is read. */
  async start(): Promise<void> {
    const stream = this.#qlogStream;
    if (stream === null || stream === process.stdout) return;
    await once(stream, "open").catch((error) => this.#refuse(error as Error));
  }

  #refuse(error: Error): never {
    throw new WrongUse(`cannot write ${this.#qlogFile}: ${error.message}`, "inspect");
  }
}

function printer({ form, isLive }: Outputs): Printer {
  const isTerminal = process.stdout.isTTY === true;
  const style = isTerminal && !process.env.NO_COLOR ? COLOURED_TREE : PLAIN_TREE;
  const width = isTerminal ? process.stdout.columns || 100 : 100;
  switch (form) {
    case "json":
      return (events) => {
        let text = "";
        for (const event of events) text += toJsonLine(event);
        return text;
      };
    case "hex": {
      const hex = new HexPrinter({ style });
      return (events) => hex.push(events);
    }
    case "tree": {
      const tree = new TreePrinter({ style, width, isCut: isTerminal, isLive });
      return (events) => tree.push(events);
    }
    case "none":
      return () => "";
  }
}

/** Octets of fields that become text at once: a field block of few octets may stand for millions (RFC 7541 section 7.1.1). */
const PART_MAX = 4 * 1024 * 1024;

/** The events in parts whose text is short enough for a string; nearly always one. */
function* partsOf(events: readonly InspectEvent[]): Generator<readonly InspectEvent[]> {
  let from = 0;
  let length = 0;
  for (const [at, event] of events.entries()) {
    const more = fieldLengthOf(event);
    if (length > 0 && length + more > PART_MAX) {
      yield events.slice(from, at);
      from = at;
      length = 0;
    }
    length += more;
  }
  yield from === 0 ? events : events.slice(from);
}

function fieldLengthOf(event: InspectEvent): number {
  switch (event.event) {
    case "head":
    case "informational":
    case "trailers":
    case "push":
      return event.fieldLength;
    default:
      return 0;
  }
}

/** Writes, and waits where the reader is slower. */
async function send(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (text === "" || stream.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stream.off("drain", done).off("error", done).off("close", done);
      resolve();
    };
    stream.on("drain", done).on("error", done).on("close", done);
  });
}
