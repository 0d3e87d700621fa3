// The inspectors on every HTTP/1.1 case of the shared data: strict and lenient are two readers that were written apart, so
// that each is an oracle for the other. What strict refuses first is among what lenient finds, and where nothing is
// wrong both tell the same.

import { expect, test } from "vitest";
import type { Direction } from "../../src/inspect/events.js";
import { H1Inspector } from "../../src/inspect/h1.js";
import { type AnyDraft, errorsOf, joinedData } from "../helpers/inspect-drafts.js";
import { byteWise } from "../helpers/pieces.js";
import { dataJson, describeData } from "./data-folder.js";

interface Case {
  readonly id: string;
  readonly direction: Direction;
  readonly bytes: Uint8Array;
  readonly isHead: boolean;
  readonly hasEnd: boolean;
}

const direction = (kind: string): Direction => (kind === "request" ? "client" : "server");

function allCases(): Case[] {
  const own = dataJson<
    { id: string; role: string; inputB64: string; head?: boolean; eof?: boolean }[]
  >("h1-cases.json").map(({ id, role, inputB64, head = false, eof = true }) => ({
    id,
    direction: direction(role),
    bytes: new Uint8Array(Buffer.from(inputB64, "base64")),
    isHead: head,
    hasEnd: eof,
  }));
  const others = ["h1-adversarial.json", "llhttp-cases.json"].flatMap((file) =>
    dataJson<{ id: string; kind: string; inputHex: string }[]>(file).map(
      ({ id, kind, inputHex }) => ({
        id,
        direction: direction(kind),
        bytes: new Uint8Array(Buffer.from(inputHex, "hex")),
        isHead: false,
        hasEnd: true,
      }),
    ),
  );
  return [...own, ...others];
}

function inspect(one: Case, lenient: boolean, pieces: readonly Uint8Array[]): AnyDraft[] {
  const inspector = new H1Inspector(one.isHead ? { lenient } : { lenient, only: one.direction });
  if (one.isHead) inspector.receive("client", Buffer.from("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
  const drafts = pieces.flatMap((piece) => inspector.receive(one.direction, piece));
  return [...drafts, ...(one.hasEnd ? inspector.end(one.direction) : [])] as AnyDraft[];
}

/** Where the two name one mistake differently, or a limit is no mistake to an audit. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  ["probe-MAL-H2-PREFACE", "strict hands the preface to HTTP/2"],
  ["funky-TERM.EXT-CR", "a CR in a chunk extension"],
  ["funky-TERM.EXT-CRCR", "a CR in a chunk extension"],
  ["cve-CVE-2025-55315-kestrel-ext-cr", "a CR in a chunk extension"],
  ["CL-23 100 leading zeros", "a limit of digits"],
  ["DOS-03 5000 headers", "a limit of fields"],
  ["response/invalid.md:36", "a version that is cut off"],
  ["response/invalid.md:90", "a bare CR in what is no status line"],
  ["request/invalid.md:490", "a start line that is cut off"],
  ["request/connection.md:812", "where the bytes behind an offer begin"],
  ["request/method.md:96", "content of a CONNECT"],
]);

describeData("HTTP/1.1 cases before the inspector", () => {
  const cases = allCases();

  test("all cases are here", () => {
    expect(cases).toHaveLength(753);
  });

  test.each(cases.filter(({ id }) => !DIFFERENT.has(id)))("$id", (one) => {
    const strict = inspect(one, false, [one.bytes]);
    const lenient = inspect(one, true, [one.bytes]);
    const [first] = errorsOf(strict);
    const codes = errorsOf(lenient).map(([code]) => code);
    if (first === undefined) expect(joinedData(lenient)).toEqual(joinedData(strict));
    else expect(codes).toContain(first[0]);
  });

  test("pieces do not matter", () => {
    for (const one of cases) {
      for (const lenient of [false, true]) {
        const whole = joinedData(inspect(one, lenient, [one.bytes]));
        const cut = joinedData(inspect(one, lenient, byteWise(one.bytes)));
        expect(cut, one.id).toEqual(whole);
      }
    }
  });
});
