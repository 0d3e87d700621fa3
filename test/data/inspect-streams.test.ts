// Recorded connections of real clients before the inspectors: all 113, both directions or one of them, strict and lenient,
// in any pieces. Nothing in them is a mistake, and every request and response is what an independent server noted.

import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import type { Direction, ProtocolInspector } from "../../src/inspect/events.js";
import { H1Inspector } from "../../src/inspect/h1.js";
import { H2Inspector } from "../../src/inspect/h2.js";
import { type AnyDraft, joinedData } from "../helpers/inspect-drafts.js";
import { randomPieces } from "../helpers/pieces.js";
import { dataBytes, dataJson, dataPath, describeData } from "./data-folder.js";

interface Noted {
  streamId?: number;
  method?: string;
  path?: string;
  version?: string;
  rawHeaders: string[];
  bodyBytes?: number;
  response: { status: number; bodyBytes?: number };
}

interface Recording {
  name: string;
  proto: "h1" | "h2";
  /** Recordings of HTTP/2 do not tell who spoke when: first the client, then the server. */
  timeline: [who: "c" | "s" | "c-end" | "s-end", length: number][];
  requests: Noted[];
  c: Uint8Array;
  s: Uint8Array;
}

function load(name: string): Recording {
  const noted = dataJson<Recording>(`streams/${name}.json`);
  const bytes = (side: string) => new Uint8Array(dataBytes(`streams/${name}.${side}.bin`));
  const c = bytes("c2s");
  const s = bytes("s2c");
  const timeline: Recording["timeline"] = noted.timeline ?? [
    ["c", c.length],
    ["s", s.length],
  ];
  return { ...noted, name, timeline, c, s };
}

type Cutter = (bytes: Uint8Array) => Uint8Array[];

function play(
  recording: Recording,
  lenient: boolean,
  cutter: Cutter,
  only?: Direction,
): AnyDraft[] {
  const options = { lenient, ...(only === undefined ? {} : { only }) };
  const inspector: ProtocolInspector =
    recording.proto === "h2" ? new H2Inspector(options) : new H1Inspector(options);
  const drafts: AnyDraft[] = [];
  const at = { c: 0, s: 0 };
  for (const [who, length] of recording.timeline) {
    const side = who.startsWith("c") ? "c" : "s";
    const direction = side === "c" ? "client" : "server";
    if (only !== undefined && direction !== only) continue;
    if (who.endsWith("-end")) drafts.push(...(inspector.end(direction) as AnyDraft[]));
    else {
      const piece = recording[side].subarray(at[side], at[side] + length);
      at[side] += length;
      for (const bytes of cutter(piece))
        drafts.push(...(inspector.receive(direction, bytes) as AnyDraft[]));
    }
  }
  return drafts;
}

const isPseudo = (_value: string, at: number, list: string[]) =>
  (list[at - (at % 2)] ?? "").startsWith(":");

function compare(recording: Recording, drafts: readonly AnyDraft[], only?: Direction): void {
  const errors = drafts.filter(({ event }) => event === "error");
  // Who sees one direction cannot know that the other gave a message up.
  const isGivenUp = (one: AnyDraft) => only !== undefined && /_INCOMPLETE$/.test(String(one.code));
  expect(errors.filter((one) => !isGivenUp(one))).toEqual([]);
  const heads = drafts.filter(({ event, direction }) => event === "head" && direction === "client");
  if (only !== "server") expect(heads).toHaveLength(recording.requests.length);
  for (const [index, noted] of recording.requests.entries()) {
    const streamId = noted.streamId ?? index + 1;
    const of = (direction: Direction, event: string) =>
      drafts.filter(
        (one) =>
          one.event === event &&
          one.direction === direction &&
          one.streamId === streamId &&
          one.protocol !== "unknown",
      );
    const length = (direction: Direction) =>
      of(direction, "data").reduce((sum, one) => sum + (one.length as number), 0);
    if (only !== "server") {
      const head = of("client", "head")[0] as AnyDraft;
      const flat = (head.headers as string[][]).flat();
      if (recording.proto === "h2") expect(flat).toEqual(noted.rawHeaders);
      else {
        expect(flat).toEqual(noted.rawHeaders.filter((...args) => !isPseudo(...args)));
        const { method, path, version } = noted;
        expect(head.startLine).toBe(`${method} ${path} HTTP/${version}`);
      }
      if (noted.bodyBytes !== undefined) expect(length("client")).toBe(noted.bodyBytes);
    }
    if (only === "client") continue;
    const { status, bodyBytes } = noted.response;
    const kind = status === 101 ? "informational" : "head";
    const answer = of("server", kind).at(-1) as AnyDraft;
    if (recording.proto === "h2")
      expect(answer.headers).toContainEqual([":status", String(status)]);
    else expect(answer.startLine).toContain(` ${status} `);
    const isEnded = of("server", "end").length > 0;
    // Who sees only the server does not know what was HEAD.
    if (bodyBytes !== undefined && isEnded && only === undefined)
      expect(length("server")).toBe(bodyBytes);
  }
}

describeData("recordings before the inspectors", () => {
  const names = readdirSync(dataPath("streams"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length));

  test("all recordings are here", () => {
    expect(names).toHaveLength(113);
  });

  test.each(names)("%s", (name) => {
    const recording = load(name);
    for (const lenient of [false, true]) {
      const whole = play(recording, lenient, (bytes) => [bytes]);
      compare(recording, whole);
      for (const longest of [16, 700]) {
        const cut = play(recording, lenient, (bytes) => randomPieces(bytes, 17, longest));
        expect(joinedData(cut)).toEqual(joinedData(whole));
      }
    }
    const [strict, lenient] = [false, true].map((one) => play(recording, one, (bytes) => [bytes]));
    // What crosses a reset is for nobody; an audit shows it all the same.
    const reset = new Set(
      lenient.filter(({ event }) => event === "reset").map(({ streamId }) => streamId),
    );
    const kept = (drafts: AnyDraft[]) =>
      joinedData(drafts.filter(({ streamId }) => !reset.has(streamId)));
    expect(kept(lenient)).toEqual(kept(strict));
  });

  // Answers to HEAD cannot be told from a message that is cut off where nobody saw the request.
  const withoutHead = names.filter((name) => {
    const { proto, requests } = dataJson<Recording>(`streams/${name}.json`);
    const isTold = ({ method = "" }: Noted) => method === "HEAD" || method === "CONNECT";
    return proto === "h2" || !requests.some(isTold);
  });

  test.each(withoutHead)("%s: one direction", (name) => {
    const recording = load(name);
    for (const only of ["client", "server"] as const)
      for (const lenient of [false, true])
        compare(
          recording,
          play(recording, lenient, (bytes) => [bytes], only),
          only,
        );
  });
});
