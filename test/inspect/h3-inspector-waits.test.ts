// Field sections before the inspector of HTTP/3 whose insertions come later or never, bytes that are missing, mistakes behind
// mistakes, and the bounds of what it holds.

import { QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import {
  concat,
  data,
  GET,
  goaway,
  headers,
  maxPushId,
  POST,
  pushPromise,
  request,
  response,
  settings,
  uni,
} from "../helpers/h3-frames.js";
import { encoder, lines, only, TABLE, Talk } from "../helpers/h3-talk.js";

describe("sections and the table", () => {
  test("a section waits for its insertions, and what stands behind it with it", () => {
    const talk = new Talk();
    const qpack = encoder();
    const section = qpack.encode(
      0,
      request("GET", "/", ["x-long-name", "a value that is worth it"]),
    );
    talk.say("server", 3, TABLE);
    expect(lines(talk.say("client", 0, concat(headers(section), data("abc")), true))).toEqual([
      "frame client 0 HEADERS",
    ]);
    const inserted = uni("encoder", qpack.takeEncoderStream());
    talk.say("client", 6, inserted.subarray(0, 8));
    const found = lines(talk.say("client", 6, inserted.subarray(8)));
    expect(found.slice(found.indexOf("head client 0"))).toEqual([
      "head client 0",
      "frame client 0 DATA",
      "data client 0 3",
      "end client 0",
    ]);
    const [head] = only(talk.drafts, "head");
    expect(head?.headers).toContainEqual(["x-long-name", "a value that is worth it"]);
    expect(head?.wireLength).toBe(section.length);
    expect(Number(head?.fieldLength)).toBeGreaterThan(section.length);
  });

  test("the table waits for the SETTINGS that allow it (0-RTT)", () => {
    const talk = new Talk();
    const qpack = encoder();
    const section = qpack.encode(0, [...GET, "x-name", "a value that is worth it"]);
    talk.say("client", 6, uni("encoder", qpack.takeEncoderStream()));
    talk.say("client", 0, headers(section), true);
    expect(only(talk.drafts, "head")).toEqual([]);
    expect(lines(talk.say("server", 3, TABLE)).slice(-2)).toEqual([
      "head client 0",
      "end client 0",
    ]);
    expect(only(talk.drafts, "error")).toEqual([]);
  });

  test("without any SETTINGS it is read at the end", () => {
    const talk = new Talk();
    const qpack = encoder();
    const section = qpack.encode(0, [...GET, "x-name", "a value that is worth it"]);
    talk.say("client", 6, uni("encoder", qpack.takeEncoderStream()));
    talk.say("client", 0, headers(section), true);
    expect(lines(talk.end())).toEqual(["head client 0", "end client 0"]);
  });

  test("instructions are told by name", () => {
    const talk = new Talk();
    const qpack = encoder();
    qpack.encode(0, [...GET, "user-agent", "somebody", "x-name", "a value that is worth it"]);
    talk.say("server", 3, TABLE);
    talk.say("client", 6, uni("encoder", qpack.takeEncoderStream()));
    const named = talk.drafts.filter(({ protocol }) => protocol === "qpack");
    expect(named[0]).toMatchObject({
      name: "SET_DYNAMIC_TABLE_CAPACITY",
      capacity: 4_096,
      offset: 1,
    });
    expect(named.find(({ nameIndex }) => nameIndex === 95)).toMatchObject({
      ...{ name: "INSERT_WITH_NAME_REFERENCE", nameIndex: 95, fieldValue: "somebody" },
      rfc: "RFC 9204 section 4.3.2",
    });
    expect(named.find(({ name }) => name === "INSERT_WITH_LITERAL_NAME")).toMatchObject({
      ...{ fieldName: "x-name", fieldValue: "a value that is worth it", huffman: true },
    });
  });

  test("a table of another size than ours, up to the largest", () => {
    const talk = new Talk();
    const qpack = new QpackEncoder({
      maxTableCapacity: 65_536,
      maxBlockedStreams: 16,
      strategy: "eager",
    });
    talk.say(
      "server",
      3,
      uni(
        "control",
        settings([
          [1, 65_536],
          [7, 16],
        ]),
      ),
    );
    for (let id = 0; id < 400; id += 4) {
      const section = qpack.encode(id, request("GET", `/${id}`, [`x-${id}`, "v".repeat(100)]));
      talk.say(
        "client",
        6,
        id === 0 ? uni("encoder", qpack.takeEncoderStream()) : qpack.takeEncoderStream(),
      );
      talk.say("client", id, headers(section), true);
    }
    expect(only(talk.drafts, "head")).toHaveLength(100);
    expect(only(talk.drafts, "error")).toEqual([]);
  });

  test("where bytes of the encoder stream are missing, what needs no table is read", () => {
    const talk = new Talk();
    const qpack = encoder();
    const section = qpack.encode(0, [...GET, "x-name", "a value that is worth it"]);
    talk.say("server", 3, TABLE);
    talk.say("client", 6, uni("encoder"));
    talk.say("client", 0, concat(headers(section), data("abc")), true);
    talk.note(talk.inspector.gap("client", 6, 10));
    talk.say("client", 6, qpack.takeEncoderStream().subarray(9));
    talk.say("client", 4, headers(section), true);
    talk.say("client", 8, headers(GET), true);
    expect(lines(talk.drafts.slice(4))).toEqual([
      "frame client 0 HEADERS",
      "gap client 10",
      "frame client 0 DATA",
      "data client 0 3",
      "end client 0",
      "frame client 4 HEADERS",
      "end client 4",
      "frame client 8 HEADERS",
      "head client 8",
      "end client 8",
    ]);
  });
});

describe("bytes that are missing", () => {
  test("in content: the next frame is found", () => {
    const talk = new Talk();
    talk.say("client", 0, concat(headers(POST), data(new Uint8Array(100)).subarray(0, 53)));
    talk.note(talk.inspector.gap("client", 0, 40));
    talk.say("client", 0, concat(new Uint8Array(10), data("z")), true);
    expect(lines(talk.drafts).slice(2)).toEqual([
      "gap client 40",
      "frame client 0 DATA",
      "data client 0 60",
      "frame client 0 DATA",
      "data client 0 1",
      "end client 0",
    ]);
    expect(only(talk.drafts, "error")).toEqual([]);
  });

  test("elsewhere: nothing is made up", () => {
    const talk = new Talk();
    talk.say("client", 0, headers(POST).subarray(0, 5));
    talk.note(talk.inspector.gap("client", 0, 3));
    talk.say("client", 0, concat(data("abc"), data("d")), true);
    talk.note(talk.inspector.gap("client", 2, 9));
    talk.say("client", 2, goaway(0));
    talk.end();
    expect(lines(talk.drafts)).toEqual(["gap client 3", "gap client 9"]);
  });

  test("of the request: its response is not judged by it", () => {
    const talk = new Talk();
    const promise = pushPromise(0, request("GET", "/pushed", [], "somebody.example"));
    const head = headers(response(200, ["content-length", "5"]));
    talk.say("server", 0, concat(promise, head), true);
    expect(only(talk.drafts, "error")).toEqual([]);
  });
});

describe("leniently", () => {
  test("every mistake of a section is told, and the section shown", () => {
    const talk = new Talk({ lenient: true });
    const bad = ["Upper", "a", "connection", "close", "te", "gzip", "ok", "b"];
    const pseudo = [":method", "G T", ":scheme", "https", ":authority", "a"];
    talk.say("client", 0, headers([...pseudo, ...bad, ":path", ""]), true);
    const found = only(talk.drafts, "error").map(({ code, rule }) => `${code} ${rule}`);
    expect(found.sort()).toEqual([
      "H3_CONNECTION_FIELD H3-MSG-3",
      "H3_FIELD_NAME_INVALID H3-MSG-17",
      "H3_METHOD_INVALID H3-MSG-8",
      "H3_PATH_INVALID H3-MSG-12",
      "H3_PSEUDO_MISPLACED H3-MSG-6",
      "H3_TE_INVALID H3-MSG-4",
    ]);
    expect(only(talk.drafts, "head")).toHaveLength(1);
    expect(only(talk.drafts, "end")).toHaveLength(1);
  });

  test("mistakes of frames, messages and control streams one behind the other", () => {
    const talk = new Talk({ lenient: true });
    talk.say(
      "client",
      2,
      uni(
        "control",
        settings([
          [2, 0],
          [6, 1],
          [6, 2],
          [8, 7],
        ]),
        settings(),
        data("x"),
        maxPushId(3),
        maxPushId(1),
      ),
    );
    talk.say(
      "client",
      0,
      concat(data("early"), headers(POST), settings(), data("abc"), goaway(0)),
      true,
    );
    talk.say("client", 4, headers(GET.slice(2)), true);
    talk.say("client", 8, headers(GET), true);
    expect(only(talk.drafts, "error").map(({ streamId, code }) => `${streamId} ${code}`)).toEqual([
      "2 H3_SETTING_FORBIDDEN",
      "2 H3_SETTING_REPEATED",
      "2 H3_SETTING_INVALID",
      "2 H3_SETTINGS_REPEATED",
      "2 H3_FRAME_UNEXPECTED",
      "2 H3_PUSH_ID_INVALID",
      "0 H3_FRAME_UNEXPECTED",
      "0 H3_FRAME_UNEXPECTED",
      "0 H3_FRAME_UNEXPECTED",
      "4 H3_PSEUDO_MISSING",
    ]);
    expect(only(talk.drafts, "head")).toHaveLength(3);
    expect(only(talk.drafts, "end")).toHaveLength(3);
  });

  test("behind a broken section the table goes on", () => {
    const talk = new Talk({ lenient: true });
    const qpack = encoder();
    const section = qpack.encode(4, [...GET, "x-name", "a value that is worth it"]);
    talk.say("server", 3, TABLE);
    talk.say("client", 6, uni("encoder", qpack.takeEncoderStream()));
    talk.say("client", 0, headers(Uint8Array.of(0x02, 0x00, 0xbf)), true);
    talk.say("client", 4, headers(section), true);
    expect(only(talk.drafts, "error")).toHaveLength(1);
    expect(only(talk.drafts, "head")).toHaveLength(1);
  });
});

describe("bounds", () => {
  test("streams that never end are let go", () => {
    const talk = new Talk();
    const piece = headers(GET).subarray(0, 3);
    for (let id = 0; id < 4 * 20_000; id += 4) talk.inspector.stream("client", id, piece, false);
    // The first ones are forgotten: their rest is a stream that begins in the middle.
    expect(() => talk.inspector.stream("client", 0, headers(GET).subarray(3), true)).not.toThrow();
    talk.end();
  });

  test("a section of a declared length costs what comes of it", () => {
    const talk = new Talk();
    talk.say("client", 0, headers(GET, { length: 2n ** 61n }));
    expect(only(talk.drafts, "error")[0]).toMatchObject({ code: "H3_FIELD_BLOCK_TOO_LARGE" });
  });

  test("what waits behind a section that is never opened has a bound", () => {
    const talk = new Talk();
    const section = encoder().encode(0, [...GET, "x-name", "a value that is worth it"]);
    talk.say("server", 3, TABLE);
    talk.say("client", 0, headers(section));
    for (let i = 0; i < 40; i++) talk.say("client", 0, data(new Uint8Array(65_536)));
    // It was given up, and the content is shown.
    expect(only(talk.drafts, "data").length).toBeGreaterThan(30);
    expect(only(talk.drafts, "head")).toEqual([]);
  });
});
