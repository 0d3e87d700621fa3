// H2Inspector: what frames and messages say, what is missing in the input, and the octets that events bring.

import { describe, expect, test } from "vitest";
import type { Direction } from "../../src/inspect/events.js";
import { H2Inspector } from "../../src/inspect/h2.js";
import type { ProtocolOptions } from "../../src/inspect/protocol-options.js";
import {
  altSvc,
  block,
  concat,
  data,
  field,
  frame,
  GET,
  goaway,
  headers,
  indexed,
  OK,
  origin,
  PREFACE,
  ping,
  priority,
  priorityUpdate,
  pushPromise,
  request,
  rst,
  settings,
  settingsAck,
  unknownFrame,
  windowUpdate,
} from "../helpers/h2-wire.js";
import { type AnyDraft, errorsOf } from "../helpers/inspect-drafts.js";

type Step = readonly [direction: Direction, bytes: Uint8Array | number | "end"];

function inspect(steps: readonly Step[], options: ProtocolOptions = {}): AnyDraft[] {
  const inspector = new H2Inspector(options);
  return steps.flatMap(([direction, what]) => {
    if (what === "end") return inspector.end(direction);
    if (typeof what === "number") return inspector.gap(direction, what);
    return inspector.receive(direction, what);
  }) as AnyDraft[];
}

const end = { end: true } as const;
const HELLO: Step[] = [
  ["client", concat(PREFACE, settings())],
  ["server", concat(settings(), settingsAck())],
  ["client", settingsAck()],
];

describe.each([
  ["strict", false],
  ["lenient", true],
])("%s", (_name, lenient) => {
  const ofServer = (bytes: Uint8Array) =>
    inspect([...HELLO, ["client", headers(1, GET, end)], ["server", bytes]], { lenient }).slice(9);

  test("every frame has its wire fields and RFC section", () => {
    const bytes = concat(
      altSvc(0, "a", "h2=:1"),
      origin("https://a"),
      windowUpdate(0, 7),
      ping("abcdefgh"),
      pushPromise(1, 2, GET, { pad: 2 }),
      headers(1, OK, { priority: { dependency: 3, weight: 9, exclusive: true } }),
      data(1, "xy", { pad: 1 }),
      priority(1, { dependency: 5 }),
      unknownFrame(1),
      rst(1, 8),
      goaway(1, 0, "bye"),
    );
    const frames = ofServer(bytes).filter(({ event }) => event === "frame");
    expect(frames).toMatchObject([
      { name: "ALTSVC", origin: "a", altSvcFieldValue: "h2=:1", rfc: "RFC 7838 section 4" },
      { name: "ORIGIN", origins: ["https://a"], rfc: "RFC 8336 section 2" },
      { name: "WINDOW_UPDATE", streamId: 0, windowSizeIncrement: 7, rfc: "RFC 9113 section 6.9" },
      { name: "PING", flags: 0, opaqueData: new TextEncoder().encode("abcdefgh") },
      { name: "PUSH_PROMISE", streamId: 1, promisedStreamId: 2, padLength: 2 },
      { name: "HEADERS", exclusive: true, streamDependency: 3, weight: 9 },
      { name: "DATA", length: 4, padLength: 1 },
      { name: "PRIORITY", exclusive: false, streamDependency: 5, weight: 16 },
      { name: "UNKNOWN", type: 0x2a, length: 6 },
      { name: "RST_STREAM", errorCode: 8 },
      { name: "GOAWAY", lastStreamId: 1, errorCode: 0, debugData: new TextEncoder().encode("bye") },
    ]);
    let offset = 9 + 9;
    for (const one of frames) {
      expect(one.offset).toBe(offset);
      offset += 9 + (one.length as number);
    }
  });

  test("and PRIORITY_UPDATE", () => {
    const drafts = inspect([...HELLO, ["client", priorityUpdate(1, "u=1")]], { lenient });
    expect(drafts.at(-1)).toMatchObject({
      name: "PRIORITY_UPDATE",
      prioritizedStreamId: 1,
      priorityFieldValue: "u=1",
    });
  });

  test("what frames mean stands behind them", () => {
    const bytes = concat(settings({ MAX_FRAME_SIZE: 20_000 }), rst(1, 8), goaway(1, 2));
    expect(ofServer(bytes).map(({ event, code, settings: s }) => [event, code ?? s])).toEqual([
      ["frame", [[5, 20_000]]],
      ["settings", [[5, 20_000]]],
      ["frame", undefined],
      ["reset", 8],
      ["frame", undefined],
      ["goaway", 2],
    ]);
  });

  test("field sections: wire order, and what compression saved", () => {
    const fields = concat(block(GET), field("cookie", "a=b", "indexed"));
    const again = concat(indexed(62), block(GET));
    const drafts = inspect(
      [
        ...HELLO,
        [
          "client",
          concat(headers(1, fields, { ...end, pad: 4, split: [3, 5] }), headers(3, again, end)),
        ],
      ],
      { lenient },
    );
    const [first, second] = drafts.filter(({ event }) => event === "head");
    const text = [...GET, "cookie", "a=b"].join("").length;
    expect(first).toMatchObject({ streamId: 1, wireLength: fields.length, fieldLength: text });
    const [last] = ((first as AnyDraft).headers as string[][]).slice(-1);
    expect(last).toEqual(["cookie", "a=b"]);
    if (lenient) expect(second?.headers).toContainEqual(["cookie", "a=b"]);
  });

  test("pushes and their answers", () => {
    const drafts = ofServer(
      concat(pushPromise(1, 2, request("GET", "/p")), headers(2, OK, end), headers(1, OK, end)),
    );
    expect(errorsOf(drafts)).toEqual([]);
    expect(drafts.find(({ event }) => event === "push")).toMatchObject({
      streamId: 1,
      promisedId: 2,
      headers: [
        [":method", "GET"],
        [":scheme", "https"],
        [":authority", "a"],
        [":path", "/p"],
      ],
    });
    expect(drafts.filter(({ event }) => event === "end").map(({ streamId }) => streamId)).toEqual([
      2, 1,
    ]);
  });

  test("keepBytes: frames with their header, at most 4,096 octets, and field blocks", () => {
    const head = headers(1, request("POST"));
    const content = data(1, new Uint8Array(5000));
    const drafts = inspect([...HELLO, ["client", concat(head, content)]], {
      lenient,
      keepBytes: true,
    });
    const frames = drafts.filter(({ event }) => event === "frame").slice(-2);
    expect(frames[0]?.bytes).toEqual(head);
    expect(frames[1]?.bytes).toEqual(content.slice(0, 4096));
    expect(drafts.find(({ event }) => event === "head")?.bytes).toEqual(block(request("POST")));
  });

  describe("bytes that are missing", () => {
    test("inside of DATA they are content", () => {
      const content = data(1, new Uint8Array(1000), end);
      const drafts = inspect(
        [
          ...HELLO,
          [
            "client",
            concat(
              headers(1, request("POST", "/", ["content-length", "1000"])),
              content.subarray(0, 300),
            ),
          ],
          ["client", 500],
          ["client", concat(content.subarray(800), headers(3, GET, end))],
        ],
        { lenient },
      );
      expect(errorsOf(drafts)).toEqual([]);
      expect(drafts.filter(({ event }) => event === "end").map(({ streamId }) => streamId)).toEqual(
        [1, 3],
      );
      expect(drafts.find(({ event }) => event === "gap")).toMatchObject({ length: 500 });
    });

    test("elsewhere the next frame is looked for, and nothing is held against anybody", () => {
      const kept = concat(block(GET), field("x-a", "b", "indexed"));
      const drafts = inspect(
        [
          ...HELLO,
          ["client", concat(headers(1, kept, end), headers(3, kept, end).subarray(0, 12))],
          ["client", 64],
          [
            "client",
            concat(
              Uint8Array.of(0xff, 0xfe, 0xfd),
              headers(5, GET, end),
              data(7, "x"),
              headers(9, indexed(62, 2), end),
            ),
          ],
          [
            "server",
            concat(
              headers(1, OK, end),
              headers(3, OK),
              data(3, new Uint8Array(70_000).subarray(0, 16_000), end),
              headers(9, OK, end),
            ),
          ],
        ],
        { lenient },
      );
      expect(errorsOf(drafts)).toEqual([]);
      const heads = drafts.filter(
        ({ event, direction }) => event === "head" && direction === "server",
      );
      expect(heads.map(({ streamId }) => streamId)).toEqual([1, 3, 9]);
      const late = drafts.filter(({ name, streamId }) => name === "HEADERS" && streamId === 5);
      expect(late).toHaveLength(1);
    });
  });

  test("one direction: as many streams as there are, none kept for ever", () => {
    const all = concat(
      PREFACE,
      settings(),
      ...Array.from({ length: 3000 }, (_, n) => headers(2 * n + 1, GET, end)),
    );
    const drafts = inspect([["client", all]], { lenient, only: "client" });
    expect(errorsOf(drafts)).toEqual([]);
    expect(drafts.filter(({ event }) => event === "end")).toHaveLength(3000);
  });

  test("a long connection: windows are given back, streams are forgotten", () => {
    const steps: Step[] = [...HELLO];
    for (let id = 1; id < 4000; id += 2) {
      steps.push(["client", headers(id, GET, end)]);
      steps.push(["server", concat(headers(id, OK), data(id, new Uint8Array(2000), end))]);
      steps.push(["client", windowUpdate(0, 2000)]);
    }
    expect(errorsOf(inspect(steps, { lenient }))).toEqual([]);
  });

  test("a SETTINGS frame of 600 KB, and a frame that says 16 MB", () => {
    const large = frame(4, 0, 0, new Uint8Array(600_000));
    const codes = errorsOf(inspect([["client", concat(PREFACE, settings(), large)]], { lenient }));
    expect(codes.length).toBeLessThanOrEqual(1);
    const said = frame(1, 4, 1, "x", 16_777_215);
    const drafts = inspect([...HELLO, ["client", said], ["client", "end"]], { lenient });
    expect(errorsOf(drafts).map(([code]) => code)).toContain("H2_FRAME_TOO_LARGE");
  });
});
