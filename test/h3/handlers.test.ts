// receiveStream(id, bytes, fin, handler): the same events as calls, heads as one reused view; what may and may not be done inside of
// a handler. That both forms report the same is part of every dialogue of this folder (helpers/h3-dialogue.ts).

import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { connected } from "../helpers/h3-dialogue.js";
import { control, data, GET, headers, POST, settings, uni } from "../helpers/h3-frames.js";
import { dynamicSection, insert, line, octets } from "../helpers/qpack-wire.js";

const pair = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

describe("a handler", () => {
  test("heads are one reused view; keep() gives one to own", () => {
    const { connection } = connected("server");
    const views: object[] = [];
    const kept: { get(name: string): string | null; method: string }[] = [];
    for (const [id, fields] of [
      [0, [...GET, "x", "1"]],
      [4, [...POST, "x", "2", "y", "3"]],
    ] as const)
      connection.receiveStream(id, headers(fields), true, {
        head(_id, head) {
          views.push(head);
          kept.push(head.keep());
        },
      });
    expect(views[0]).toBe(views[1]);
    expect(kept.map((head) => [head.method, head.get("x"), head.get("y")])).toEqual([
      ["GET", "1", null],
      ["POST", "2", "3"],
    ]);
  });

  test("may answer inside of a call", () => {
    const { connection, reader } = connected("server");
    for (const id of [0, 4])
      connection.receiveStream(id, headers(GET), true, {
        end: (streamId) =>
          connection.sendResponse(streamId, { status: 200, headers: [], content: "ok" }),
      });
    const lines = reader.lines(connection.takeStreams());
    expect(lines.filter((one) => one.includes("DATA"))).toEqual(['0 DATA "ok"', '4 DATA "ok"']);
  });

  test("may reset inside of a call: nothing more comes of the stream", () => {
    const { connection } = connected("server");
    const seen: string[] = [];
    connection.receiveStream(0, pair(headers(POST), data("x")), true, {
      head: (id) => {
        seen.push(`head ${id}`);
        connection.reset(id);
      },
      data: (id) => seen.push(`data ${id}`),
      end: (id) => seen.push(`end ${id}`),
    });
    expect(seen).toEqual(["head 0"]);
  });

  test("hears of sections that waited, from the call that brings the instructions", () => {
    const { connection } = connected("server");
    const lines = [line.static(17), line.static(23), line.static(1), line.staticName(0, "a")];
    const section = dynamicSection(1, ...lines, line.dynamic(0));
    connection.receiveStream(0, headers(section), true, {});
    const seen: string[] = [];
    const instructions = octets(insert.capacity(100), insert.literal("x", "y"));
    connection.receiveStream(6, uni("encoder", instructions), false, {
      head: (id, head) => seen.push(`head ${id} ${head.get("x")}`),
      end: (id) => seen.push(`end ${id}`),
    });
    expect(seen).toEqual(["head 0 y", "end 0"]);
  });

  test("without members takes everything in silence", () => {
    const { connection, reader } = connected("server");
    connection.receiveStream(0, pair(headers(POST), data("x")), true, {});
    connection.sendResponse(0, { status: 200, headers: [], content: "" });
    expect(reader.lines(connection.takeStreams())).toContain("0 fin");
  });

  test("that calls receiveStream of the same connection is wrong use", () => {
    const { connection } = connected("server");
    const again = () => void connection.receiveStream(4, headers(GET), true);
    expect(() => connection.receiveStream(0, headers(GET), true, { head: again })).toThrow(
      /REENTRANT/,
    );
  });

  test("may feed another connection inside of a call", () => {
    const [front, back] = [connected("server").connection, new H3Connection({ role: "client" })];
    const seen: string[] = [];
    for (const [id, value] of [
      [0, "1"],
      [4, "3"],
    ] as const)
      front.receiveStream(id, headers([...GET, "x", value]), true, {
        head(streamId, head) {
          if (id === 0) back.receiveStream(3, control(), false);
          else back.receiveStream(7, uni("encoder"), false);
          seen.push(`${streamId} ${head.get("x")}`);
        },
      });
    expect(seen).toEqual(["0 1", "4 3"]);
  });

  test("an error is its last call", () => {
    const { connection } = connected("server");
    const seen: string[] = [];
    connection.receiveStream(0, pair(headers(POST), data("x"), settings()), false, {
      head: () => seen.push("head"),
      data: () => seen.push("data"),
      error: (error) => seen.push(error.code),
    });
    expect(seen).toEqual(["head", "data", "H3_FRAME_UNEXPECTED"]);
  });
});
