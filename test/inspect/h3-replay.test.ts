// The frames of captured connections, as the captures list them, through the inspector: both directions, strict and lenient,
// in any cuts. Legal recordings have no violations, and every section is shown as it was captured.

import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import type { Draft } from "../../src/inspect/events.js";
import { H3Inspector } from "../../src/inspect/h3-inspector.js";
import { dataJson, dataPath, describeData } from "../data/data-folder.js";
import { type Captured, type CapturedSide, inputsOf, isPromised } from "../helpers/h3-captured.js";
import { byteWise, randomPieces } from "../helpers/pieces.js";

const CUTS = {
  whole: (bytes: Uint8Array) => [bytes],
  "pieces of up to 5": (bytes: Uint8Array) =>
    randomPieces(bytes, 7919, bytes.length > 5_000 ? 2_000 : 5),
  "byte by byte": (bytes: Uint8Array) => (bytes.length > 5_000 ? [bytes] : byteWise(bytes)),
};

/** Everything that one connection says. */
function play(
  captured: Captured,
  lenient: boolean,
  cut: (bytes: Uint8Array) => Uint8Array[],
): Draft[] {
  const inspector = new H3Inspector({ lenient });
  const drafts: Draft[] = [];
  for (const direction of ["client", "server"] as const) {
    for (const { id, bytes, fin } of inputsOf(captured[direction === "client" ? "c" : "s"])) {
      for (const piece of cut(bytes)) drafts.push(...inspector.stream(direction, id, piece, false));
      if (fin) drafts.push(...inspector.stream(direction, id, new Uint8Array(0), true));
    }
  }
  drafts.push(...inspector.end());
  return drafts;
}

/** Sections and octets of content of one stream. */
function sideOf(drafts: readonly Draft[], direction: string, streamId: number) {
  const sections: unknown[] = [];
  let length = 0;
  let ended = false;
  for (const draft of drafts) {
    if (!("streamId" in draft) || draft.streamId !== streamId || draft.direction !== direction)
      continue;
    if (draft.event === "head" || draft.event === "informational" || draft.event === "trailers")
      sections.push(draft.headers);
    else if (draft.event === "data") length += Number(draft.length);
    else if (draft.event === "end") ended = true;
  }
  return { sections, length, ended };
}

function capturedOn({ frames, fin }: CapturedSide["req"][string]) {
  const sections = frames.flatMap((one) =>
    one.headers === undefined || isPromised(one) ? [] : [one.headers],
  );
  const data = frames.filter(({ type }) => Number(type) === 0);
  return {
    sections,
    length: data.reduce((sum, { len }) => sum + len, 0),
    ended: fin !== undefined,
  };
}

describeData("h3-captures, through the inspector of HTTP/3", () => {
  const names = readdirSync(dataPath("h3-captures")).filter((name) => name.endsWith(".h3.json"));

  for (const lenient of [false, true]) {
    test.each(names)(`%s: as captured, without a violation, lenient ${lenient}`, (name) => {
      for (const captured of dataJson<Captured[]>(`h3-captures/${name}`)) {
        for (const [way, cut] of Object.entries(CUTS)) {
          const drafts = play(captured, lenient, cut);
          expect(drafts.filter(({ event }) => event === "error")).toEqual([]);
          for (const direction of ["client", "server"] as const) {
            const side = direction === "client" ? captured.c : captured.s;
            for (const [id, stream] of Object.entries(side.req))
              expect(sideOf(drafts, direction, Number(id)), `${direction} ${id}, ${way}`).toEqual(
                capturedOn(stream),
              );
          }
        }
      }
    });
  }
});
