// Captures of real HTTP/3 peers, from the file to the fields: pcap, UDP, QUIC packets with the key log, TLS, streams, QPACK.
// What comes out is what the captures list, and what stays closed is what nobody can open.

import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { type Captured, type CapturedSide } from "../helpers/h3-captured.js";
import { closedOf, datagramsOf, inspectDatagrams, openedOf, streamsOf } from "../helpers/quic-capture.js";
import { dataBytes, dataJson, dataPath, describeData } from "./data-folder.js";

const namesOf = (end: string) =>
  readdirSync(dataPath("h3-captures"))
    .filter((name) => name.endsWith(end))
    .map((name) => name.slice(0, -end.length));

const open = (name: string, options = {}) =>
  inspectDatagrams(
    datagramsOf(dataBytes(`h3-captures/${name}.pcap`)),
    dataBytes(`h3-captures/${name}.keys`),
    options,
  );

describeData("h3-captures, from the file to the fields", () => {
  test.each(namesOf(".pcap"))("%s", (name) => {
    const drafts = open(name, { keepBytes: true });
    console.log(name, JSON.stringify(closedOf(drafts)), JSON.stringify(openedOf(drafts)), drafts.filter((d) => d.event === "error").slice(0,3));
  });

  test.each(namesOf(".h3.json"))("%s: every frame, setting and field", (name) => {
    const drafts = open(name, { keepBytes: true });
    const list = dataJson<(Captured & { conn: number })[]>(`h3-captures/${name}.h3.json`);
    const numbers = [...new Set(drafts.map(({ connection }) => connection))].filter((one) => one >= 0);
    expect(numbers.length).toBe(list.length);
    for (const [at, captured] of list.entries()) {
      const own = drafts.filter(({ connection }) => connection === numbers[at]);
      compare(captured.c, streamsOf(own, "client"));
      compare(captured.s, streamsOf(own, "server"));
    }
  });
});

function compare(side: CapturedSide, seen: ReturnType<typeof streamsOf>): void {
  for (const [id, stream] of Object.entries(side.uni)) {
    const found = seen.get(id);
    expect(found?.type, `stream ${id}`).toBe(stream.type);
    if (stream.frames !== undefined) expect(found?.frames).toEqual(stream.frames);
    const instructions = stream.encoder ?? stream.decoder;
    if (instructions !== undefined) expect(found?.instructions).toBe(instructions);
  }
  for (const [id, stream] of Object.entries(side.req)) {
    const found = seen.get(id);
    expect(found?.frames, `stream ${id}`).toEqual(stream.frames);
    expect(found?.fin ?? undefined).toBe(stream.fin);
  }
  const listed = [...Object.keys(side.uni), ...Object.keys(side.req)];
  expect([...seen.keys()].filter((id) => !listed.includes(id))).toEqual([]);
}
