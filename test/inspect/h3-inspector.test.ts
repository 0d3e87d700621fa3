// What the inspector of HTTP/3 says of both directions of a connection: streams by their types, frames with their fields,
// sections when their insertions are here, content, pushes, sessions, datagrams; and what it says where bytes are missing.

import { QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import type { Direction, Draft } from "../../src/inspect/events.js";
import { H3Inspector } from "../../src/inspect/h3-inspector.js";
import {
  concat,
  control,
  data,
  datagram,
  extendedConnect,
  GET,
  goaway,
  headers,
  maxPushId,
  OK,
  POST,
  priorityUpdate,
  push,
  pushPromise,
  request,
  response,
  settings,
  uni,
  unknownFrame,
  varint,
} from "../helpers/h3-frames.js";

type Any = Draft & { readonly [member: string]: unknown };

/** A conversation of two sides, and everything that was said of it. */
class Talk {
  readonly drafts: Any[] = [];
  readonly inspector: H3Inspector;

  constructor(options: { lenient?: boolean; keepBytes?: boolean } = {}) {
    this.inspector = new H3Inspector(options);
  }

  say(from: Direction, streamId: number, bytes: Uint8Array, fin = false): Any[] {
    return this.note(this.inspector.stream(from, streamId, bytes, fin));
  }

  note(drafts: Draft[]): Any[] {
    this.drafts.push(...(drafts as Any[]));
    return drafts as Any[];
  }

  end(): Any[] {
    return this.note(this.inspector.end());
  }
}

/** Events as short lines. */
const lines = (drafts: readonly Any[]) =>
  drafts.map((draft) => {
    const { event, direction, streamId, name, code, length } = draft;
    const what = { frame: name, error: code, data: length, gap: length, reset: code }[`${event}`];
    return [event, direction, streamId, what].filter((one) => one !== undefined).join(" ");
  });

const only = (drafts: readonly Any[], event: string) =>
  drafts.filter((draft) => draft.event === event);

/** A client whose server allows a table of so many bytes, and blocked sections. */
function encoder(capacity = 4_096) {
  return new QpackEncoder({ maxTableCapacity: capacity, maxBlockedStreams: 16, strategy: "eager" });
}
const TABLE = uni(
  "control",
  settings([
    [1, 4_096],
    [7, 16],
  ]),
);

describe("one exchange", () => {
  test("is told in its order, with places and lengths", () => {
    const talk = new Talk();
    talk.say("client", 2, control(goaway(0)));
    talk.say(
      "client",
      0,
      concat(headers(POST), unknownFrame(), data("abc"), headers(["x-a", "b"])),
      true,
    );
    talk.say(
      "server",
      0,
      concat(headers(response(103, ["link", "x"])), headers(OK), data("")),
      true,
    );
    expect(lines(talk.drafts)).toEqual([
      "frame client 2 STREAM_TYPE",
      "frame client 2 SETTINGS",
      "settings client 2",
      "frame client 2 GOAWAY",
      "goaway client 2",
      "frame client 0 HEADERS",
      "head client 0",
      "frame client 0 GREASE",
      "frame client 0 DATA",
      "data client 0 3",
      "frame client 0 HEADERS",
      "trailers client 0",
      "end client 0",
      "frame server 0 HEADERS",
      "informational server 0",
      "frame server 0 HEADERS",
      "head server 0",
      "frame server 0 DATA",
      "end server 0",
    ]);
    const [head] = only(talk.drafts, "head");
    expect(head?.headers).toEqual([
      [":method", "POST"],
      [":scheme", "https"],
      [":authority", "a"],
      [":path", "/"],
    ]);
    expect(head?.fieldLength).toBe(":method:scheme:authority:pathPOSThttpsa/".length);
    const { length } = headers(POST);
    expect(head).toMatchObject({ offset: 0, wireLength: length - 2 });
    const grease = talk.drafts.find(({ name }) => name === "GREASE");
    expect(grease).toMatchObject({ offset: length, length: 6, type: 0x21 });
    const content = only(talk.drafts, "data")[0];
    expect(content?.offset).toBe(length + unknownFrame().length + 2);
  });

  test("frames have the fields of the RFC, and octets where they are asked for", () => {
    const talk = new Talk({ keepBytes: true });
    const frames = control(priorityUpdate(4, "u=1, i"), maxPushId(7), goaway(12));
    talk.say("client", 2, frames);
    const [type, set, priority, max, away] = only(talk.drafts, "frame");
    expect(type).toMatchObject({ streamType: "control", type: 0, rfc: "RFC 9114 section 6.2.1" });
    expect(set).toMatchObject({ settings: [], offset: 1, rfc: "RFC 9114 section 7.2.4" });
    expect(priority).toMatchObject({
      ...{ prioritizedElementId: 4, priorityFieldValue: "u=1, i", rfc: "RFC 9218 section 7.2" },
      bytes: priorityUpdate(4, "u=1, i"),
    });
    expect(max).toMatchObject({ pushId: 7 });
    expect(away).toMatchObject({ id: 12, bytes: goaway(12) });
  });

  test("octets that are kept have a bound", () => {
    const talk = new Talk({ keepBytes: true });
    const content = new Uint8Array(10_000);
    for (const piece of [
      headers(POST),
      data(content).subarray(0, 100),
      data(content).subarray(100),
    ])
      talk.say("client", 0, piece);
    const frame = talk.drafts.find(({ name }) => name === "DATA");
    expect(frame?.bytes).toHaveLength(4_096);
    expect(frame?.length).toBe(10_000);
  });

  test("a message that is broken off", () => {
    const talk = new Talk();
    talk.say("client", 0, concat(headers(POST), data("abc", { length: 10 })));
    talk.note(talk.inspector.reset("client", 0, 0x10c));
    talk.end();
    expect(lines(talk.drafts).slice(2)).toEqual([
      "frame client 0 DATA",
      "data client 0 3",
      `reset client 0 ${0x10c}`,
    ]);
  });
});

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
    talk.say("server", 0, headers(response(200, ["content-length", "5"])), true);
    expect(only(talk.drafts, "error")).toEqual([]);
  });
});

describe("more than requests", () => {
  test("a push: promise, stream, response", () => {
    const talk = new Talk();
    talk.say("server", 3, control());
    talk.say("client", 2, control(maxPushId(3)));
    talk.say("client", 0, headers(GET), true);
    talk.say("server", 0, concat(pushPromise(2, request("GET", "/pushed")), headers(OK)), true);
    talk.say("server", 7, push(2, headers(OK), data("abc")), true);
    const promise = only(talk.drafts, "push")[0];
    expect(promise).toMatchObject({ streamId: 0, pushId: 2 });
    expect(lines(talk.drafts).slice(-5)).toEqual(
      [
        "frame server 7 STREAM_TYPE",
        "frame server 7 HEADERS",
        "head server 7",
        "frame server 7 DATA",
        "data server 7 3",
        "end server 7",
      ].slice(-5),
    );
    expect(only(talk.drafts, "error")).toEqual([]);
  });

  test("a session of WebTransport: its streams have no frames", () => {
    const talk = new Talk();
    const offers = settings([
      [0x2b603742, 1],
      [8, 1],
      [0x33, 1],
    ]);
    talk.say("client", 2, uni("control", offers));
    talk.say("server", 3, uni("control", offers));
    talk.say("client", 0, headers(extendedConnect("webtransport")));
    talk.say("server", 0, headers(OK));
    talk.say("client", 4, concat(varint(0x41), varint(0), Uint8Array.of(1, 2, 3)), true);
    talk.say("server", 4, Uint8Array.of(0, 0, 0), true);
    talk.say("server", 1, concat(varint(0x41), varint(0), Uint8Array.of(9)), true);
    talk.say("client", 6, uni("webTransport", varint(0), Uint8Array.of(1, 2)), true);
    talk.note(talk.inspector.datagram("client", datagram(0, "hello")));
    expect(lines(talk.drafts).slice(-11)).toEqual(
      [
        "frame client 4 WT_STREAM",
        "data client 4 3",
        "end client 4",
        "data server 4 3",
        "end server 4",
        "frame server 1 WT_STREAM",
        "data server 1 1",
        "end server 1",
        "frame client 6 STREAM_TYPE",
        "data client 6 2",
        "end client 6",
        "frame client 0 DATAGRAM",
      ].slice(-11),
    );
    expect(talk.drafts.at(-1)).toMatchObject({ quarterStreamId: 0, payloadLength: 5 });
    expect(only(talk.drafts, "error")).toEqual([]);
  });

  test("streams of types that nobody knows", () => {
    const talk = new Talk();
    talk.say("client", 14, uni(0x21, Uint8Array.of(1, 2)), true);
    expect(talk.drafts[0]).toMatchObject({ name: "STREAM_TYPE", streamType: "GREASE" });
    expect(lines(talk.drafts).slice(1)).toEqual(["data client 14 2", "end client 14"]);
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
