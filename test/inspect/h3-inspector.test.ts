// What the inspector of HTTP/3 says of both directions of a connection: streams by their types, frames with their fields,
// content, pushes, sessions, capsules, datagrams.

import { describe, expect, test } from "vitest";
import {
  capsule,
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
import { lines, only, Talk } from "../helpers/h3-talk.js";

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

  test("capsules of an extended CONNECT stand before the frames that they came in", () => {
    const talk = new Talk();
    talk.say("server", 3, uni("control", settings([[8, 1]])));
    talk.say("client", 0, headers(extendedConnect("webtransport")));
    talk.say("server", 0, headers(OK));
    const close = capsule(
      0x2843,
      concat(Uint8Array.of(0, 0, 0, 7), new TextEncoder().encode("bye")),
    );
    talk.say("client", 0, concat(data(concat(capsule(0, "x"), close.subarray(0, 4)))));
    talk.say("client", 0, data(close.subarray(4)), true);
    expect(lines(talk.drafts).slice(-7)).toEqual([
      "frame client 0 DATAGRAM",
      "frame client 0 DATA",
      `data client 0 ${3 + 4}`,
      "frame client 0 WT_CLOSE_SESSION",
      "frame client 0 DATA",
      `data client 0 ${close.length - 4}`,
      "end client 0",
    ]);
    const told = talk.drafts.find(({ name }) => name === "WT_CLOSE_SESSION");
    expect(told).toMatchObject({ applicationErrorCode: 7, applicationErrorMessage: "bye" });
    expect(only(talk.drafts, "error")).toEqual([]);
  });

  test("streams of types that nobody knows", () => {
    const talk = new Talk();
    talk.say("client", 14, uni(0x21, Uint8Array.of(1, 2)), true);
    expect(talk.drafts[0]).toMatchObject({ name: "STREAM_TYPE", streamType: "GREASE" });
    expect(lines(talk.drafts).slice(1)).toEqual(["data client 14 2", "end client 14"]);
  });
});
