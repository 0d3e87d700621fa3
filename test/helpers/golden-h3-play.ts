// Reads and plays golden cases of HTTP/3 and of QPACK: steps between blocks that say what must have come of them. The format:
// test/cases/README.md.

import type { ConnectionEvent } from "tercet";
import type { H3Connection } from "tercet/h3";
import type { QpackDecoderOptions } from "tercet/qpack";
import { type Block, blocksOf, type Command, commandOf } from "./golden-case.js";
import { ascii } from "./h1-log.js";
import { peerOf, playEveryWay, type Step, type TalkOptions } from "./h3-dialogue.js";
import { settings } from "./h3-frames.js";
import { h3LogOf } from "./h3-log.js";
import type { SettingName } from "./h3-names.js";
import { StreamNotation } from "./h3-notation.js";
import { cancel, drive, instructionLines, playNaive, type QpackStep, read } from "./qpack-drive.js";
import { encoderInstructions, sectionOf } from "./qpack-notation.js";

/** One heading: what to do, and what each block behind steps must hold. */
export interface PlayedCase {
  readonly name: string;
  readonly expected: readonly (readonly string[] | string)[];
  /** Plays the case in every way; gives what the blocks should hold. */
  readonly play: () => readonly (readonly string[] | string)[];
}

interface JsonOptions extends Omit<TalkOptions, "handshake"> {
  role?: "server" | "client";
  /** The peer has sent nothing at all when the case begins. */
  raw?: boolean;
  /** Settings of the peer. */
  peer?: Partial<Record<SettingName, number>>;
}

/** All cases of one file. @throws Error where the text does not follow the format. */
export function parseH3Cases(text: string, isQpack: boolean): PlayedCase[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...lines] = section.split("\n");
      const blocks = blocksOf(lines);
      return isQpack ? qpackCase(heading.trim(), blocks) : h3Case(heading.trim(), blocks);
    });
}

function optionsOf<Options>(blocks: readonly Block[]): Options {
  const json = blocks.find(({ kind }) => kind === "json");
  return json === undefined ? ({} as Options) : JSON.parse(json.lines.join("\n"));
}

function checked(name: string, inputs: number, expected: number): void {
  if (inputs === 0) throw new Error(`${name}: no input`);
  if (expected === 0) throw new Error(`${name}: expects nothing`);
}

function h3Case(name: string, blocks: readonly Block[]): PlayedCase {
  const { role = "server", raw, peer, ...rest } = optionsOf<JsonOptions>(blocks);
  const handshake = raw ? "none" : settings(peer ?? {});
  const options: TalkOptions = { ...rest, handshake };
  const capacity = options.settings?.qpackMaxTableCapacity ?? 4096;
  const notation = new StreamNotation(raw ? [] : [peerOf(role).control], capacity);
  const steps: Step[] = [];
  const looks: { kind: string; behind: number }[] = [];
  const expected: (string[] | string)[] = [];
  for (const { kind, argument, lines } of blocks) {
    if (kind === "json") continue;
    if (kind === "streams")
      steps.push(...(notation.steps(lines, argument === "in order") as Step[]));
    else if (kind === "send") steps.push(...lines.map((line) => run(commandOf(line))));
    else if (kind === "events" || kind === "sent" || kind === "state") {
      looks.push({ kind, behind: steps.length });
      expected.push(kind === "state" ? lines.join("") : lines);
    } else throw new Error(`${name}: unknown block ${kind}`);
  }
  checked(name, steps.length, expected.length);
  const play = () => {
    const played = playEveryWay(role, options, steps);
    // Where the peer has sent nothing, our own first streams are a step of their own.
    const lead = raw ? 1 : 0;
    let [eventsFrom, sentFrom] = [0, 0];
    return looks.map(({ kind, behind }) => {
      const to = behind + lead;
      if (kind === "state") return played.connection.state;
      if (kind === "events") {
        const events: ConnectionEvent[] = played.steps
          .slice(eventsFrom, to)
          .flatMap((step) => step.events);
        eventsFrom = to;
        return h3LogOf(events);
      }
      const sent = played.steps.slice(sentFrom, to).flatMap((step) => step.lines);
      sentFrom = to;
      return sent.filter((line) => !/ decoder increment /.test(line));
    });
  };
  return { name, expected, play };
}

function run({ name, args }: Command): Step {
  return (connection: H3Connection) => {
    const [first, second] = args;
    const isBytes = name === "sendData" || name === "sendDatagram";
    const given = isBytes ? [first, ascii(String(second))] : args;
    const method = connection[name as keyof H3Connection] as (...all: unknown[]) => unknown;
    return void method.apply(connection, given as unknown[]);
  };
}

function qpackCase(name: string, blocks: readonly Block[]): PlayedCase {
  const options = optionsOf<QpackDecoderOptions>(blocks);
  const steps = blocks
    .filter(({ kind }) => kind === "qpack")
    .flatMap(({ lines }) =>
      lines.filter((text) => text !== "").map((text) => qpackStep(text, options)),
    );
  const fields = blocks.find(({ kind }) => kind === "fields");
  const sent = blocks.find(({ kind }) => kind === "sent");
  const expected = [fields?.lines, sent?.lines].filter((lines) => lines !== undefined);
  checked(name, steps.length, expected.length);
  const play = () => {
    const outcome = drive(steps, options);
    const naive = playNaive(options, steps).lines;
    // Limits are ours alone.
    const isLimit = /^QPACK_(LIST|FIELD_COUNT|BLOCKED_BYTES)/.test(outcome.lines.at(-1) ?? "");
    if (!isLimit && JSON.stringify(naive) !== JSON.stringify(outcome.lines))
      throw new Error(`the naive reader says\n${naive.join("\n")}`);
    const written = instructionLines(outcome.decoderStream);
    return [fields && outcome.lines, sent && written].filter((lines) => lines !== undefined);
  };
  return { name, expected, play };
}

function qpackStep(text: string, { maxTableCapacity }: QpackDecoderOptions): QpackStep {
  const [, word = "", rest = ""] = /^(\S+) (.*)$/.exec(text) ?? [];
  if (word === "encoder") return { stream: encoderInstructions(rest) };
  if (word === "cancel") return cancel(Number(rest));
  const [, section = ""] = /^section (.*)$/.exec(rest) ?? [];
  if (section === "" || !/^\d+$/.test(word)) throw new Error(`no step: ${text}`);
  return read(Number(word), sectionOf(section, maxTableCapacity));
}
