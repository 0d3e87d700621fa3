// The TCP connections of a capture: those that began before it, ports that are used again, many at the same time, and
// how much is held of them.

import { describe, expect, test } from "vitest";
import { TCP_LIMITS, TcpTracker } from "../../src/inspect/tcp-tracker.js";
import { Conversation } from "../helpers/capture-conversation.js";
import { ascii } from "../helpers/capture-octets.js";
import { FLAGS } from "../helpers/capture-packet.js";
import {
  bytesOfDirection,
  ENDS,
  exchange,
  lineOf,
  OPEN,
  OPEN_IN_THE_MIDDLE,
  SAID,
  tcpLines,
  tcpSegmentsOf,
} from "../helpers/tcp-read.js";

const { syn, ack, psh } = FLAGS;

describe("captures that begin in the middle", () => {
  test("the higher port is the client's", () => {
    const talk = exchange();
    expect(tcpLines(talk.packets.slice(3))).toEqual([OPEN_IN_THE_MIDDLE, ...SAID, ...ENDS]);
    const [answerFirst] = tcpLines(talk.packets.slice(5));
    expect(answerFirst).toBe(OPEN_IN_THE_MIDDLE);
  });

  test("segments without data, without a SYN, open nothing", () => {
    const talk = exchange();
    expect(tcpLines(talk.packets.slice(-4))).toEqual([]);
  });

  test("with the SYN alone missing", () => {
    expect(tcpLines(exchange().packets.slice(1))).toEqual([OPEN, ...SAID, ...ENDS]);
  });

  test("with the answer to the SYN missing: what was acknowledged is missing, too", () => {
    const talk = new Conversation()
      .open()
      .say("server", ascii("lost"))
      .say("server", ascii("answer"));
    const packets = talk.packets.filter((_, index) => index !== 1 && index !== 3);
    expect(bytesOfDirection(tcpLines(packets), 0, "server")).toBe("....answer");
  });

  test("a retransmission of what was acknowledged before is left out", () => {
    const talk = new Conversation().open().say("server", ascii("old"));
    const old = talk.packets[3] as Uint8Array;
    const rest = talk.packets.length;
    talk.say("client", ascii("question")).say("server", ascii("answer"));
    const lines = tcpLines([
      talk.packets[rest] as Uint8Array,
      old,
      ...talk.packets.slice(rest + 1),
    ]);
    expect(lines).toEqual([
      OPEN_IN_THE_MIDDLE,
      "0 client data 0 question",
      "0 server data 0 answer",
      "0 close",
    ]);
  });
});

describe("ports that are used again", () => {
  const second = { clientStart: 70_000, serverStart: 80_000 };
  const again = [...SAID, ...ENDS].map((line) => line.replace(/^0/, "1"));

  test("after the end", () => {
    const packets = [...exchange().packets, ...exchange(second).packets];
    expect(tcpLines(packets)).toEqual([OPEN, ...SAID, ...ENDS, OPEN.replace("0", "1"), ...again]);
  });

  test("without an end", () => {
    const packets = [...exchange().packets.slice(0, -4), ...exchange(second).packets];
    expect(tcpLines(packets)).toEqual([OPEN, ...SAID, "0 close", OPEN.replace("0", "1"), ...again]);
  });

  test("after the end, without the SYN", () => {
    const far = { clientStart: 2 ** 31, serverStart: 2 ** 31 };
    const packets = [...exchange().packets, ...exchange(far).packets.slice(3)];
    expect(tcpLines(packets)).toEqual([
      OPEN,
      ...SAID,
      ...ENDS,
      OPEN_IN_THE_MIDDLE.replace("0", "1"),
      ...again,
    ]);
  });

  test("segments that come late to a closed connection open no other", () => {
    const talk = exchange();
    const late = [
      talk.packetOf("server", 9_001, ascii("answer")),
      talk.packetOf("server", 9_008, ascii("x")),
    ];
    expect(tcpLines([...talk.packets, ...late, ...talk.packets])).toEqual([OPEN, ...SAID, ...ENDS]);
  });

  test("by a SYN in the middle of a capture that began in the middle", () => {
    const packets = [...exchange().packets.slice(3, 7), ...exchange(second).packets];
    expect(tcpLines(packets).slice(0, 5)).toEqual([
      OPEN_IN_THE_MIDDLE,
      ...SAID,
      "0 close",
      OPEN.replace("0", "1"),
    ]);
  });
});

test("connections at the same time, packet by packet", () => {
  const talks = [0, 1, 2, 3].map((index) =>
    new Conversation({ clientPort: 40_000 + index, server: `10.0.1.${index >> 1}` })
      .open()
      .say("client", ascii(`question ${index}`))
      .say("server", ascii(`answer ${index}`))
      .close(),
  );
  const packets = talks[0].packets.flatMap((_, at) =>
    talks.map((talk) => talk.packets[at] as Uint8Array),
  );
  const lines = tcpLines(packets);
  for (const index of talks.keys()) {
    expect(bytesOfDirection(lines, index, "client")).toBe(`question ${index}`);
    expect(bytesOfDirection(lines, index, "server")).toBe(`answer ${index}`);
    expect(lines.filter((line) => line === `${index} close`)).toHaveLength(1);
  }
});

describe("bounds", () => {
  const flow = (index: number) => new Conversation({ client: `10.1.${index >> 8}.${index & 255}` });

  test("connections: with one more, the one that was idle longest is closed", () => {
    const tracker = new TcpTracker({ ...TCP_LIMITS, connections: 3 });
    const lines: string[] = [];
    const feed = (packets: Uint8Array[]) => {
      for (const one of tcpSegmentsOf(packets)) lines.push(...tracker.receive(one).map(lineOf));
    };
    const flows = [0, 1, 2, 3].map((index) => flow(index).open());
    for (const one of flows.slice(0, 3)) feed(one.packets);
    const [first] = flows as [Conversation];
    feed([first.packetOf("client", 1_010, ascii("held"))]);
    expect([tracker.connections, lines.length]).toEqual([3, 3]);
    feed(flows[3].packets);
    expect(lines.slice(3)).toEqual(["1 close", "3 open 10.1.0.3:40000 10.0.0.2:80"]);
    feed(flow(9).open().packets);
    feed(flow(10).open().packets);
    expect(lines.slice(5)).toEqual([
      "2 close",
      "4 open 10.1.0.9:40000 10.0.0.2:80",
      "0 client gap 0 9",
      "0 client data 9 held",
      "0 close",
      "5 open 10.1.0.10:40000 10.0.0.2:80",
    ]);
    expect([tracker.connections, tracker.heldMemory]).toEqual([3, 0]);
  });

  test("bytes of all connections: the one that waits longest gives up", () => {
    const tracker = new TcpTracker({ ...TCP_LIMITS, heldMemory: 1_200 });
    const lines: string[] = [];
    const hold = (index: number, at: number, count: number) => {
      const packet = flow(index).packetOf("client", 1_001 + at, new Uint8Array(count).fill(120));
      const [segment] = tcpSegmentsOf([packet]);
      if (segment !== undefined) lines.push(...tracker.receive(segment).map(lineOf));
    };
    for (let index = 0; index < 3; index++) hold(index, -10, 1);
    lines.length = 0;
    for (let index = 0; index < 3; index++) hold(index, 0, 33);
    expect([tracker.heldMemory, lines]).toEqual([867, []]);
    hold(1, 100, 1);
    expect([tracker.heldMemory, lines]).toEqual([1_124, []]);
    hold(2, 100, 1);
    expect(tracker.heldMemory).toBe(1_092);
    expect(lines).toEqual(["0 client gap 1 9", `0 client data 10 ${"x".repeat(33)}`]);
  });

  test("a flood of SYN and of pieces behind gaps is held in bounds", () => {
    const limits = {
      connections: 50,
      direction: { bytes: 1_000, fragments: 4 },
      heldMemory: 5_000,
    };
    const tracker = new TcpTracker(limits);
    for (let index = 0; index < 3_000; index++) {
      const talk = flow(index % 500);
      const place = 1_001 + ((index * 7_919) % 3_000);
      const packets = [
        talk.packetOf("client", 1_000, [], syn),
        talk.packetOf("client", place, new Uint8Array(index % 90), psh | ack),
        talk.packetOf("server", 77 * index, new Uint8Array(index % 70), psh | ack),
      ];
      for (const segment of tcpSegmentsOf(packets)) {
        tracker.receive(segment);
        expect(tracker.connections).toBeLessThanOrEqual(50);
        expect(tracker.heldMemory).toBeLessThanOrEqual(5_000);
      }
    }
    tracker.end();
    expect([tracker.connections, tracker.heldMemory]).toEqual([0, 0]);
  });
});
