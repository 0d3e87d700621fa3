// Captured connections of real HTTP/3 peers, both directions: their frames and fields, as the captures list them, go
// through our server and our client with their own QPACK encoder streams. What is reported must be what was captured.

import { readdirSync } from "node:fs";
import type { ConnectionEvent, Fields, RequestHead, ResponseHead } from "tercet";
import { H3Connection } from "tercet/h3";
import { QpackDecoder } from "tercet/qpack";
import { expect, test } from "vitest";
import {
  type Captured,
  type CapturedSide,
  hex,
  inputsOf,
  isPromised,
} from "../helpers/h3-captured.js";
import { decoderLines } from "../helpers/h3-read.js";
import { byteWise, randomPieces } from "../helpers/pieces.js";
import { dataJson, dataPath, describeData } from "./data-folder.js";

const pseudoOf = (head: RequestHead | ResponseHead): [string, string | null][] =>
  "method" in head
    ? [
        [":method", head.method],
        [":scheme", head.scheme],
        [":authority", head.authority],
        [":path", head.path],
      ]
    : [[":status", String(head.status)]];

const sorted = (pairs: Iterable<[string, string | null]>) =>
  [...pairs].map(([name, value]) => `${name}: ${value}`).sort();

/** What one stream said: its sections as lines, octets of content, whether it ended. */
interface Said {
  readonly sections: string[][];
  length: number;
  ended: boolean;
}

function capturedOn({ frames, fin }: CapturedSide["req"][string]): Said {
  const sections = frames.flatMap((one) =>
    one.headers === undefined || isPromised(one) ? [] : [sorted(one.headers)],
  );
  const data = frames.filter(({ type }) => Number(type) === 0);
  return {
    sections,
    length: data.reduce((sum, { len }) => sum + len, 0),
    ended: fin !== undefined,
  };
}

function saidBy(events: readonly ConnectionEvent[]): Map<number, Said> {
  const streams = new Map<number, Said>();
  const add = (streamId: number, fields: Fields, pseudo: [string, string | null][]) =>
    of(streamId).sections.push(sorted([...pseudo, ...fields]));
  const of = (streamId: number): Said => {
    const said = streams.get(streamId) ?? { sections: [], length: 0, ended: false };
    streams.set(streamId, said);
    return said;
  };
  for (const event of events) {
    if (event.type === "head" || event.type === "informational")
      add(event.streamId, event.head, pseudoOf(event.head));
    else if (event.type === "trailers") add(event.streamId, event.trailers, []);
    else if (event.type === "data") of(event.streamId).length += event.bytes.length;
    else if (event.type === "end") of(event.streamId).ended = true;
  }
  return streams;
}

/** Our end of a captured connection; a client has sent the captured requests. */
function ours(role: "server" | "client", { c }: Captured): H3Connection {
  const connection = new H3Connection({ role, limits: { fieldSectionLength: 65_536 } });
  if (role === "server") return connection;
  for (const { frames } of Object.values(c.req)) {
    const fields = new Map(frames.find((one) => one.headers !== undefined)?.headers);
    const [method = "", authority = "", path = ""] = [":method", ":authority", ":path"].map(
      (name) => fields.get(name),
    );
    connection.sendRequest({ method, authority, path, scheme: "https", headers: [] });
  }
  connection.takeStreams();
  return connection;
}

/** What our end reports; bytes cut so, streams one behind the other. */
function play(
  role: "server" | "client",
  captured: Captured,
  cut: (bytes: Uint8Array) => Uint8Array[],
): ConnectionEvent[] {
  const connection = ours(role, captured);
  const events: ConnectionEvent[] = [];
  for (const { id, bytes, fin } of inputsOf(role === "server" ? captured.c : captured.s)) {
    for (const piece of cut(bytes)) events.push(...connection.receiveStream(id, piece, false));
    if (fin) events.push(...connection.receiveStream(id, new Uint8Array(0), true));
    connection.takeStreams();
  }
  return events;
}

const CUTS = {
  whole: (bytes: Uint8Array) => [bytes],
  "pieces of up to 5": (bytes: Uint8Array) =>
    randomPieces(bytes, 7919, bytes.length > 5_000 ? 2_000 : 5),
  "byte by byte": (bytes: Uint8Array) => (bytes.length > 5_000 ? [bytes] : byteWise(bytes)),
};

describeData("h3-captures", () => {
  const names = readdirSync(dataPath("h3-captures")).filter((name) => name.endsWith(".h3.json"));

  test.each(names)("%s: requests and answers are reported as captured", (name) => {
    for (const captured of dataJson<Captured[]>(`h3-captures/${name}`)) {
      for (const role of ["server", "client"] as const) {
        const side = role === "server" ? captured.c : captured.s;
        for (const [way, cut] of Object.entries(CUTS)) {
          const events = play(role, captured, cut);
          const errors = events.flatMap((event) => (event.type === "error" ? [event.error] : []));
          expect(errors, `${role}, ${way}`).toEqual([]);
          const said = saidBy(events);
          for (const [id, stream] of Object.entries(side.req))
            expect(said.get(Number(id)), `${role}, ${way}, stream ${id}`).toEqual(
              capturedOn(stream),
            );
        }
      }
    }
  });

  test.each(names)("%s: the encoder streams insert what the sections need", (name) => {
    for (const captured of dataJson<Captured[]>(`h3-captures/${name}`)) {
      for (const side of [captured.c, captured.s]) {
        // The captures have Required Insert Counts as they are encoded, one more than they are (RFC 9204 section 4.5.1.1).
        const needed = Object.values(side.req).flatMap(({ frames }) =>
          frames.map(({ ric = 0 }) => ric - 1),
        );
        const encoder = Object.values(side.uni).find(({ type }) => type === 2)?.encoder ?? "";
        const decoder = new QpackDecoder({ maxTableCapacity: 65_536, maxBlockedStreams: 100 });
        for (const piece of byteWise(hex(encoder))) decoder.receiveEncoderStream(piece);
        const increments = decoderLines(decoder.takeDecoderStream()).map((line) =>
          Number(line.split(" ")[1]),
        );
        const inserted = increments.reduce((sum, count) => sum + count, 0);
        expect(inserted).toBeGreaterThanOrEqual(Math.max(0, ...needed));
      }
    }
  });
});
