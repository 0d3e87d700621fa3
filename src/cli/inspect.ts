// `tercet inspect`: a file of bytes, or a capture, as a tree, annotated hex, JSON Lines or qlog. This file reads the options
// and feeds the inspector; inspect-output.ts writes.

import { createReadStream, readFileSync, statSync } from "node:fs";
import { nodeAead } from "../adapters/node/index.js";
import { INSPECT_AS, type InspectOptions, Inspector } from "../inspect/index.js";
import { INSPECT_HELP } from "./inspect-help.js";
import { InspectOutput } from "./inspect-output.js";
import { InspectProgress } from "./inspect-progress.js";
import type { Command } from "./main.js";
import { readArguments, WrongUse } from "./wrong-use.js";

export const inspectCommand: Command = { help: INSPECT_HELP, run };

/** Read at a time: all events of it are there at once, so that more costs collecting garbage (measured: a fifth). */
const CHUNK = 256 * 1024;

const wrong = (message: string) => new WrongUse(message, "inspect");

async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments("inspect", {
    args,
    allowPositionals: true,
    options: {
      as: { type: "string" },
      role: { type: "string" },
      keylog: { type: "string" },
      json: { type: "boolean" },
      lenient: { type: "boolean" },
      hex: { type: "boolean" },
      qlog: { type: "string" },
    },
  } as const);
  const [file] = positionals;
  if (file === undefined) throw wrong("no file; see tercet inspect --help");
  if (positionals.length > 1) throw wrong(`one file, not ${positionals.length}`);
  if (values.qlog === "-" && values.json) throw wrong("--json and --qlog - both want the output");
  const options: InspectOptions = {
    as: oneOf("as", values.as, INSPECT_AS),
    role: oneOf("role", values.role, ["client", "server"] as const),
    keyLog: values.keylog === undefined ? undefined : readable(values.keylog),
    lenient: values.lenient,
    keepBytes: values.hex,
    aead: nodeAead,
  };
  const size = sizeOf(file);
  const output = new InspectOutput({
    form: values.json ? "json" : values.qlog === "-" ? "none" : values.hex ? "hex" : "tree",
    qlog: values.qlog,
    isLive: size === null,
  });
  await output.start();
  await feed(file, size, new Inspector(options), output);
  const { firstError, errors, keyLogErrors } = output;
  if (keyLogErrors > 0)
    process.stderr.write(
      `tercet inspect: key log: ${keyLogErrors} lines are no label, random and secret\n`,
    );
  if (firstError === null) return 0;
  const more = errors > 1 ? `; ${errors - 1} more` : "";
  process.stderr.write(`tercet inspect: ${file}: ${firstError}${more}\n`);
  return 1;
}

async function feed(
  file: string,
  size: number | null,
  inspector: Inspector,
  output: InspectOutput,
) {
  const progress = new InspectProgress(size);
  const source = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: CHUNK });
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      await output.write(inspector.push(chunk));
      progress.add(chunk.length);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== "read") throw error;
    throw wrong(`cannot read ${file}: ${reason(error)}`);
  } finally {
    progress.clear();
  }
  await output.write(inspector.end());
  await output.end();
}

function oneOf<T extends string>(
  option: string,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined || (allowed as readonly string[]).includes(value)) return value as T;
  throw wrong(`--${option} takes ${allowed.join(", ")}, not "${value}"`);
}

function readable(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw wrong(`cannot read ${file}: ${reason(error)}`);
  }
}

/** Length of a file; null for what has none (standard input, a pipe). */
function sizeOf(file: string): number | null {
  if (file === "-") return null;
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) throw wrong(`cannot read ${file}: it is a folder`);
    return stat.isFile() ? stat.size : null;
  } catch (error) {
    if (error instanceof WrongUse) throw error;
    throw wrong(`cannot read ${file}: ${reason(error)}`);
  }
}

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}
