// Limits of an HTTP/3 connection that raise no error: what is said to the application, or passed over, where they are reached.

import { describe, expect, test } from "vitest";
import { CLIENT, connected, fin, on, type Step, talk } from "../helpers/h3-dialogue.js";
import { GET, headers, settings } from "../helpers/h3-frames.js";

describe("limits that are no errors", () => {
  test("streamSendLength: sendData says when to stop, writable when to go on", () => {
    const { connection } = connected("server", { limits: { streamSendLength: 100 } });
    connection.receiveStream(0, headers(GET), true);
    connection.sendResponse(0, { status: 200, headers: [] });
    connection.takeStreams();
    expect(connection.sendData(0, new Uint8Array(60))).toBe(true);
    expect(connection.sendData(0, new Uint8Array(60))).toBe(false);
    expect(connection.poll()).toEqual([]);
    connection.takeStreams();
    expect(connection.poll()).toEqual([{ type: "writable", streamId: 0 }]);
    expect(connection.poll()).toEqual([]);
  });

  test("controlFrameLength: longer ORIGIN and PRIORITY_UPDATE are passed over", () => {
    const limits = { controlFrameLength: 256 };
    const long = `u=1, x="${"y".repeat(300)}"`;
    const update = (value: string) =>
      new Uint8Array([
        ...[0x80, 0x0f, 0x07, 0x00],
        ...lengthOf(value.length + 1),
        0,
        ...codes(value),
      ]);
    const lengthOf = (length: number) => [0x40 | (length >> 8), length & 255];
    const codes = (text: string) => Array.from(text, (one) => one.charCodeAt(0));
    const steps = (value: string): Step[] => [
      fin(0, headers(GET)),
      on(CLIENT.control, update(value)),
    ];
    expect(talk("server", steps("u=1"), { limits }).log).toContain("priority 0 u=1");
    const t = talk("server", steps(long), { limits });
    expect(t.events.some(({ type }) => type === "priority")).toBe(false);
    expect(t.errors).toEqual([]);
  });

  test("encoderTableLength: our table is no larger, whatever the peer allows", () => {
    const { connection, reader } = connected("server", {
      limits: { encoderTableLength: 100 },
      handshake: settings({ QPACK_MAX_TABLE_CAPACITY: 2 ** 30, QPACK_BLOCKED_STREAMS: 100 }),
      qpack: { strategy: "eager" },
    });
    // Set Dynamic Table Capacity 100 at most; the reader throws at what its table cannot hold.
    for (let id = 0; id < 200; id += 4) {
      connection.receiveStream(id, headers(GET), true);
      connection.sendResponse(id, { status: 200, headers: ["x-name", `v${id}`], content: "" });
      reader.lines(connection.takeStreams());
    }
    expect(reader.capacity).toBeLessThanOrEqual(100);
  });

  test("sendBufferLength: bufferedAmount tells, and paused", () => {
    const { connection } = connected("server", { limits: { sendBufferLength: 1_000 } });
    connection.receiveStream(0, headers(GET), true);
    connection.sendResponse(0, { status: 200, headers: [], content: "x".repeat(5_000) });
    expect(connection.bufferedAmount).toBeGreaterThan(5_000);
    connection.takeStreams();
    expect(connection.bufferedAmount).toBe(0);
  });
});
