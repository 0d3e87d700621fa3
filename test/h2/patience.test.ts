// Too tight is a defect, too: long, honest work that budgets and limits must let pass with the defaults, by an
// injected clock. An hour of small DATA frames (real-time streams), large cookies over CONTINUATION frames,
// keepalive pings for a day, downloads with many WINDOW_UPDATEs, browsers that cancel.

import { bytesOf, concat, frameLines, h2Block, h2Frames, helloOf } from "tercet/fuzz";
import { H2Connection } from "tercet/h2";
import { HpackEncoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";

const { data, headers, headersInPieces, ping, rstStream, settings, SETTING, windowUpdate } =
  h2Frames;
const { request, literal } = h2Block;

/** A server whose clock the test moves. */
class Patient {
  now = 0;
  readonly server: H2Connection;
  readonly counts = new Map<string, number>();
  /** Bytes of content by stream. */
  readonly received = new Map<number, number>();

  constructor(options: { window?: "fixed" | "adaptive" | "manual" } = {}) {
    this.server = new H2Connection({ role: "server", clock: () => this.now, ...options });
    this.server.take();
    this.receive(helloOf("server"));
    this.take();
  }

  /** Receives, and fails the test on an error; the peer reads what there is to read. */
  receive(bytes: Uint8Array): void {
    for (const event of this.server.receive(bytes)) {
      if (event.type === "error") throw event.error;
      this.counts.set(event.type, (this.counts.get(event.type) ?? 0) + 1);
      if (event.type !== "data") continue;
      const { streamId, bytes: content } = event;
      this.received.set(streamId, (this.received.get(streamId) ?? 0) + content.length);
    }
  }

  take(): string[] {
    return frameLines(concat(this.server.take()));
  }

  /** Time passes, and what is due is done. */
  wait(milliseconds: number): void {
    this.now += milliseconds;
    const deadline = this.server.nextDeadline();
    if (deadline === null || deadline > this.now) return;
    for (const event of this.server.handleDeadline(this.now)) {
      if (event.type === "error") throw event.error;
    }
  }
}

describe("a peer streams small DATA frames for an hour", () => {
  const STREAMS = [1, 3, 5, 7];
  const SECONDS = 3_600;
  const FRAMES = 50;
  const CONTENT = new Uint8Array(20);

  test.each(["fixed", "adaptive", "manual"] as const)("with %s windows", (window) => {
    const peer = new Patient({ window });
    for (const id of STREAMS) peer.receive(headers(id, request("POST", `/${id}`)));
    for (let second = 0; second < SECONDS; second++) {
      const frames = Array.from({ length: FRAMES }, (_, at) =>
        data(STREAMS[at % STREAMS.length], CONTENT),
      );
      peer.receive(concat(frames));
      if (window === "manual") {
        for (const [id, length] of peer.received) peer.server.consume(id, length);
      }
      const total = [...peer.received.values()].reduce((sum, length) => sum + length, 0);
      expect(total).toBe(FRAMES * CONTENT.length);
      peer.received.clear();
      // A ping of ours to measure the path is answered.
      for (const line of peer.take()) {
        if (line === "PING") peer.receive(ping(new Uint8Array(8), true));
      }
      peer.wait(1_000);
    }
    for (const id of STREAMS) peer.receive(data(id, "", { end: true }));
    expect(peer.counts.get("end")).toBe(STREAMS.length);
    expect(peer.server.state).toBe("open");
  });

  test("and a client hears as much", () => {
    let now = 0;
    const client = new H2Connection({ role: "client", clock: () => now });
    const id = client.sendRequest({ method: "GET", path: "/", authority: "a", headers: [] });
    client.take();
    client.receive(concat([helloOf("client"), headers(id, h2Block.response())]));
    const frames = concat(Array.from({ length: FRAMES }, () => data(id, CONTENT)));
    let total = 0;
    for (let second = 0; second < SECONDS; second++) {
      for (const event of client.receive(frames)) {
        if (event.type === "error") throw event.error;
        if (event.type === "data") total += event.bytes.length;
      }
      client.take();
      now += 1_000;
    }
    expect(total).toBe(SECONDS * FRAMES * CONTENT.length);
  });

  test("the same without a clock, and the application takes each part a second later", () => {
    const server = new H2Connection({ role: "server", window: "manual" });
    server.receive(concat([helloOf("server"), headers(1, request("POST"))]));
    const frames = concat(Array.from({ length: FRAMES }, () => data(1, CONTENT)));
    for (let second = 0; second < SECONDS; second++) {
      const events = server.receive(frames);
      const error = events.find((event) => event.type === "error");
      if (error?.type === "error") throw error.error;
      if (second > 0) server.consume(1, FRAMES * CONTENT.length);
      server.take();
    }
    expect(server.state).toBe("open");
  });
});

describe("large heads", () => {
  test("a cookie of 48 KiB over CONTINUATION frames of any size", () => {
    const cookie = `session=${"c".repeat(48 * 1024)}`;
    const block = request("GET", "/", ["cookie", cookie]);
    for (const length of [16_384, 8_192, 5_000]) {
      const server = new H2Connection({ role: "server" });
      const bytes = headersInPieces(1, block, length, { end: true });
      const events = server.receive(concat([helloOf("server"), bytes]));
      const head = events.find((event) => event.type === "head");
      expect(head?.type === "head" && head.head.get("cookie")).toBe(cookie);
    }
  });

  test("150 cookie crumbs are joined", () => {
    const crumbs = Array.from({ length: 150 }, (_, at) => `name-${at}=${"v".repeat(100)}`);
    const encoder = new HpackEncoder();
    const flat = crumbs.flatMap((crumb) => ["cookie", crumb]);
    const block = encoder.encode([
      ...[":method", "GET", ":scheme", "https", ":path", "/", ":authority", "a"],
      ...flat,
    ]);
    const server = new H2Connection({ role: "server" });
    const events = server.receive(
      concat([helloOf("server"), headersInPieces(1, block, 16_384, { end: true })]),
    );
    const head = events.find((event) => event.type === "head");
    expect(head?.type === "head" && head.head.get("cookie")).toBe(crumbs.join("; "));
  });

  test("a thousand requests with a large cookie, each answered", () => {
    const peer = new Patient();
    const more = literal("cookie", bytesOf(`s=${"c".repeat(4_000)}`));
    for (let at = 0; at < 1_000; at++) {
      const id = 2 * at + 1;
      peer.receive(headers(id, request("GET", "/", more), { end: true }));
      peer.server.sendResponse(id, { status: 200, headers: [], content: "ok" });
      peer.take();
    }
    expect(peer.counts.get("end")).toBe(1_000);
    expect(peer.server.state).toBe("open");
  });
});

describe("keepalive", () => {
  test("a ping every ten seconds for a day", () => {
    const peer = new Patient();
    for (let at = 0; at < 8_640; at++) {
      peer.receive(ping());
      expect(peer.take()).toEqual(["PING ack"]);
      peer.wait(10_000);
    }
    expect(peer.counts.get("ping")).toBe(8_640);
  });

  test("two hundred pings a second for ten minutes", () => {
    const peer = new Patient();
    for (let at = 0; at < 120_000; at++) {
      peer.receive(ping());
      if (at % 10 === 0) peer.take();
      peer.wait(5);
    }
    expect(peer.counts.get("ping")).toBe(120_000);
  });

  test("settings that change every minute for a day", () => {
    const peer = new Patient();
    for (let at = 0; at < 1_440; at++) {
      peer.receive(settings([SETTING.INITIAL_WINDOW_SIZE, 65_535 + (at % 2)]));
      peer.take();
      peer.wait(60_000);
    }
    expect(peer.server.state).toBe("open");
  });
});

describe("downloads", () => {
  test("a peer that answers each DATA frame by two WINDOW_UPDATEs, without a clock", () => {
    const server = new H2Connection({ role: "server" });
    server.receive(concat([helloOf("server"), headers(1, request(), { end: true })]));
    server.sendResponse(1, { status: 200, headers: [], body: "chunked" });
    const part = new Uint8Array(16_384);
    let frames = 0;
    for (let at = 0; at < 20_000; at++) {
      server.sendData(1, part);
      for (const line of frameLines(concat(server.take()))) {
        if (!line.startsWith("DATA 1 ")) continue;
        frames++;
        const length = Number(line.split(" ")[2]);
        const updates = concat([windowUpdate(0, length), windowUpdate(1, length)]);
        for (const event of server.receive(updates)) {
          if (event.type === "error") throw event.error;
        }
      }
    }
    expect(frames).toBeGreaterThanOrEqual(20_000);
    expect(server.state).toBe("open");
  });

  test("small events to a peer that answers each by a WINDOW_UPDATE, for an hour", () => {
    const peer = new Patient();
    peer.receive(headers(1, request(), { end: true }));
    peer.server.sendResponse(1, { status: 200, headers: [], body: "chunked" });
    peer.take();
    for (let at = 0; at < 36_000; at++) {
      peer.server.sendData(1, new Uint8Array(40));
      expect(peer.take()).toEqual(["DATA 1 40"]);
      peer.receive(concat([windowUpdate(0, 40), windowUpdate(1, 40)]));
      peer.wait(100);
    }
    expect(peer.server.state).toBe("open");
  });
});

describe("browsers", () => {
  test("thirty cancelled requests a second for ten minutes, among others that are answered", () => {
    const peer = new Patient();
    let id = 1;
    for (let second = 0; second < 600; second++) {
      for (let at = 0; at < 30; at++) {
        peer.receive(headers(id, request(), { end: true }));
        peer.receive(rstStream(id, 8));
        id += 2;
      }
      peer.receive(headers(id, request(), { end: true }));
      peer.server.sendResponse(id, { status: 200, headers: [], content: "ok" });
      id += 2;
      peer.take();
      peer.wait(1_000);
    }
    expect(peer.counts.get("reset")).toBe(18_000);
    expect(peer.server.state).toBe("open");
  });

  test("a page of a thousand images, half of them cancelled", () => {
    const peer = new Patient();
    for (let at = 0; at < 1_000; at++) {
      const id = 2 * at + 1;
      peer.receive(headers(id, request("GET", `/${at}`), { end: true }));
      if (at % 2 === 0) peer.receive(rstStream(id, 8));
      else peer.server.sendResponse(id, { status: 200, headers: [], content: "image" });
      peer.take();
    }
    expect(peer.counts.get("reset")).toBe(500);
    expect(peer.server.state).toBe("open");
  });
});

test("the same amounts at once are a flood: the tests above can fail", () => {
  const server = new H2Connection({ role: "server", clock: () => 0 });
  server.receive(helloOf("server"));
  const flood = concat(Array.from({ length: 120_000 }, () => ping()));
  expect(server.receive(flood).at(-1)).toMatchObject({ type: "error" });
});
