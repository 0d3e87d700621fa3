// Reads the golden cases of test/cases/*.md into steps. The format: test/cases/README.md.

import { ascii, invisible } from "./h1-log.js";
import { framesFrom } from "./h2-notation.js";

/** A command to the connection, as written in a `send` block. */
export interface Command {
  name:
    | "sendRequest"
    | "sendResponse"
    | "sendInformational"
    | "sendData"
    | "sendTrailers"
    | "sendEnd"
    | "reset"
    | "push"
    | "goAway"
    | "updateSettings"
    | "setPriority"
    | "consume"
    | "maxPushId"
    | "cancelPush"
    | "sendDatagram"
    | "close";
  /** The arguments, parsed as JSON. */
  args: readonly unknown[];
}

/** One block of a case that does something. */
export type Step =
  | { kind: "input"; bytes: Uint8Array; end: boolean }
  | { kind: "send"; commands: readonly Command[] }
  | { kind: "events" }
  | { kind: "output" }
  | { kind: "sent" }
  | { kind: "state" };

/** One heading of a file. */
export interface GoldenCase {
  name: string;
  /** Options of the connection; `role` is "server" where the case says nothing. */
  options: Record<string, unknown>;
  steps: readonly Step[];
  /** What each `events`, `output`, `sent` and `state` block holds, in order. */
  expected: readonly (readonly string[] | string)[];
}

export interface Block {
  kind: string;
  argument: string;
  lines: string[];
}

const COMMANDS = [
  "sendRequest",
  "sendResponse",
  "sendInformational",
  "sendData",
  "sendTrailers",
  "sendEnd",
  "reset",
  "push",
  "goAway",
  "updateSettings",
  "setPriority",
  "consume",
  "maxPushId",
  "cancelPush",
  "sendDatagram",
  "close",
];

/** All cases of one file. @throws Error where the text does not follow the format. */
export function parseCases(text: string): GoldenCase[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const lines = section.split("\n");
      return caseOf((lines[0] ?? "").trim(), blocksOf(lines.slice(1)));
    });
}

/** The fenced blocks of a case. */
export function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const line of lines) {
    const fence = /^```(\S*)\s*(.*)$/.exec(line);
    if (fence === null) {
      open?.lines.push(line);
    } else if (open !== undefined) {
      blocks.push(open);
      open = undefined;
    } else {
      open = { kind: fence[1] ?? "", argument: fence[2] ?? "", lines: [] };
    }
  }
  if (open !== undefined) throw new Error(`block ${open.kind} is not closed`);
  return blocks;
}

function caseOf(name: string, blocks: readonly Block[]): GoldenCase {
  let options: Record<string, unknown> = {};
  const steps: Step[] = [];
  const expected: (readonly string[] | string)[] = [];
  for (const block of blocks) {
    if (block.kind === "json") options = JSON.parse(block.lines.join("\n"));
    else if (block.kind === "input") steps.push(inputOf(block));
    else if (block.kind === "frames")
      steps.push({ kind: "input", bytes: framesFrom(block.lines), end: block.argument === "end" });
    else if (block.kind === "send")
      steps.push({ kind: "send", commands: block.lines.map(commandOf) });
    else if (block.kind === "events") {
      steps.push({ kind: "events" });
      expected.push(block.lines);
    } else if (block.kind === "sent") {
      steps.push({ kind: "sent" });
      expected.push(block.lines);
    } else if (block.kind === "output") {
      steps.push({ kind: "output" });
      expected.push(block.lines.map(unescaped).join(""));
    } else if (block.kind === "state") {
      steps.push({ kind: "state" });
      expected.push(block.lines.join(""));
    } else throw new Error(`${name}: unknown block ${block.kind}`);
  }
  if (!steps.some((step) => step.kind === "input" || step.kind === "send")) {
    throw new Error(`${name}: no input`);
  }
  if (expected.length === 0) throw new Error(`${name}: expects nothing`);
  return { name, options: { role: "server", ...options }, steps, expected };
}

function inputOf(block: Block): Step {
  const text = block.lines.map(unescaped).join("");
  return { kind: "input", bytes: ascii(text), end: block.argument === "end" };
}

function unescaped(line: string): string {
  const wrong = /\\(?!x[0-9a-fA-F]{2}|[\\"rnt])/.exec(line);
  if (wrong !== null) throw new Error(`unknown escape in: ${line}`);
  return invisible(line);
}

/** A line of a `send` block. */
export function commandOf(line: string): Command {
  const at = line.indexOf(" ");
  const name = at < 0 ? line : line.slice(0, at);
  if (!COMMANDS.includes(name)) throw new Error(`unknown command: ${line}`);
  const args = at < 0 ? [] : JSON.parse(`[${line.slice(at + 1)}]`);
  return { name: name as Command["name"], args };
}
