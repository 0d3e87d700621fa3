// The cases of h2spec (http2, generic, hpack; strict) as a table of our own over a real socket, for machines without
// Go: the same ids, in our own words and octets, with the exact code and scope of the answer (RFC 9113, RFC 7541).

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { END_HEADERS, END_STREAM, PRIORITY_FLAG, TYPE } from "../helpers/h2-names.js";
import {
  block,
  concat,
  frame,
  GET,
  PREFACE,
  settings,
  uint,
  unknownFrame,
} from "../helpers/h2-wire.js";
import { whole } from "./h2spec-checks.js";
import { GENERIC, HPACK } from "./h2spec-generic.js";
import { HTTP2_STREAMS } from "./h2spec-http2.js";
import { HTTP2_FRAMES } from "./h2spec-http2-frames.js";
import { RawPeer } from "./h2spec-peer.js";
import { type H2Server, listen } from "./h2spec-server.js";

let server: H2Server;
beforeAll(async () => {
  server = await listen();
});
afterAll(() => server.close());

describe.each([
  ["generic", GENERIC, 44],
  // And http2/3.5/2 below: 147 in all.
  ["http2", [...HTTP2_STREAMS, ...HTTP2_FRAMES], 94],
  ["hpack", HPACK, 8],
] as const)("h2spec %s", (suite, cases, count) => {
  test.each(cases)("%s %s", async (_id, _what, send, check) => {
    const peer = await RawPeer.connect(server.port);
    try {
      await peer.write(concat(PREFACE, settings()));
      await peer.settled();
      for (const piece of send instanceof Uint8Array ? [send] : send) {
        await peer.write(piece);
        await peer.settled();
      }
      check(peer);
    } finally {
      peer.close();
    }
  });

  test(`has all ${suite} cases, each once`, () => {
    expect(new Set(cases.map(([id]) => id)).size).toBe(count);
    expect(cases.every(([id]) => id.startsWith(`${suite}/`))).toBe(true);
  });
});

describe("without a preface", () => {
  test("http2/3.5/2 what is no preface ends the connection", async () => {
    const peer = await RawPeer.connect(server.port);
    await peer.write(new TextEncoder().encode("INVALID CONNECTION PREFACE\r\n\r\n"));
    await peer.ended();
    expect(peer.isOpen).toBe(false);
    for (const line of peer.lines.filter((one) => one.startsWith("GOAWAY")))
      expect(line).toContain("PROTOCOL_ERROR");
  });

  test("http2/4.1/1 and 5.5/1 also for unknown frames with every flag, and priority in HEADERS", async () => {
    const peer = await RawPeer.connect(server.port);
    await peer.write(
      concat(
        PREFACE,
        settings(),
        unknownFrame(0),
        frame(
          TYPE.HEADERS,
          END_HEADERS | END_STREAM | PRIORITY_FLAG,
          1,
          concat(uint(0, 4), uint(15, 1), block(GET)),
        ),
      ),
    );
    await peer.settled();
    whole(1)(peer);
    peer.close();
  });
});
