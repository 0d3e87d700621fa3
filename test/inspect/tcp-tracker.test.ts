// TCP connections out of segments: order, retransmission, overlap, what is missing, beginnings and ends, ports that are
// used again, bounds.

import { describe, expect, test } from "vitest";
import { TCP_LIMITS, TcpTracker } from "../../src/inspect/tcp-tracker.js";
import { Conversation } from "../helpers/capture-conversation.js";
import { ascii } from "../helpers/capture-octets.js";
import { FLAGS } from "../helpers/capture-packet.js";
import { bytesOfDirection, lineOf, tcpLines, tcpSegmentsOf } from "../helpers/tcp-read.js";

const OPEN = "0 open 10.0.0.1:40000 10.0.0.2:80";
const MIDDLE = `${OPEN} in the middle`;
const ENDS = ["0 client end", "0 server end", "0 close"];
const { syn, fin, ack, rst, psh } = FLAGS;

/** "question" from the client, "answer" from the server, both ends closed. */
const exchange = (options = {}) =>
  new Conversation(options)
    .open()
    .say("client", ascii("question"))
    .say("server", ascii("answer"))
    .close();
const SAID = ["0 client data 0 question", "0 server data 0 answer"];

describe("a connection", () => {
  test("from its begin to its end", () => {
    expect(tcpLines(exchange().packets)).toEqual([OPEN, ...SAID, ...ENDS]);
  });

  test("over IPv6", () => {
    const ends = { client: "2001:db8:0:0:0:0:0:1", server: "2001:db8:0:0:0:0:0:2" };
    const [open, ...rest] = tcpLines(exchange(ends).packets);
    expect(open).toBe("0 open [2001:db8::1]:40000 [2001:db8::2]:80");
    expect(rest).toEqual([...SAID, ...ENDS]);
  });

  test("with sequence numbers that wrap around", () => {
    const starts = { clientStart: 0xffff_fffc, serverStart: 0xffff_ffff };
    expect(tcpLines(exchange(starts).packets)).toEqual([OPEN, ...SAID, ...ENDS]);
  });

  test("with every packet twice, and once more at the end", () => {
    const { packets } = exchange();
    const twice = packets.flatMap((packet) => [packet, packet]);
    expect(tcpLines([...twice, ...packets])).toEqual([OPEN, ...SAID, ...ENDS]);
  });

  test("data in its SYN counts behind it", () => {
    const talk = new Conversation().segment("client", ascii("early"), syn);
    talk.segment("server", [], syn | ack).segment("client", ascii(" data"));
    expect(tcpLines(talk.packets, { isOver: false })).toEqual([
      OPEN,
      "0 client data 0 early",
      "0 client data 5  data",
    ]);
  });

  test("data in its FIN counts before it", () => {
    const talk = new Conversation().open().segment("client", ascii("last"), fin | ack);
    talk.segment("client", ascii("behind the end"));
    expect(tcpLines(talk.packets, { isOver: false })).toEqual([
      OPEN,
      "0 client data 0 last",
      "0 client end",
    ]);
  });

  test("keep-alives bring nothing", () => {
    const talk = new Conversation().open().say("client", ascii("abc"));
    talk.packets.push(
      talk.packetOf("client", 1_003, []),
      talk.packetOf("client", 1_003, ascii("?")),
    );
    talk.say("client", ascii("def"));
    expect(bytesOfDirection(tcpLines(talk.packets), 0, "client")).toBe("abcdef");
  });

  test("is reset: what waits is told before, and nothing after", () => {
    const talk = new Conversation().open();
    talk.packets.push(talk.packetOf("server", 9_004, ascii("late")));
    talk.reset("client").say("server", ascii("nobody listens"));
    expect(tcpLines(talk.packets)).toEqual([
      OPEN,
      "0 server gap 0 3",
      "0 server data 3 late",
      "0 client reset",
      "0 close",
    ]);
  });

  test("is refused", () => {
    const talk = new Conversation().segment("client", [], syn).segment("server", [], rst | ack);
    expect(tcpLines(talk.packets)).toEqual([OPEN, "0 server reset", "0 close"]);
  });

  test("is opened from both sides at once", () => {
    const talk = new Conversation().segment("client", [], syn).segment("server", [], syn);
    talk.packets.push(
      talk.packetOf("client", 1_000, [], syn | ack),
      talk.packetOf("server", 9_000, [], syn | ack),
    );
    talk.say("client", ascii("question")).say("server", ascii("answer")).close();
    expect(tcpLines(talk.packets)).toEqual([OPEN, ...SAID, ...ENDS]);
  });

  test("has not ended when the capture does", () => {
    const talk = new Conversation().open().say("client", ascii("question"));
    expect(tcpLines(talk.packets)).toEqual([OPEN, "0 client data 0 question", "0 close"]);
  });
});

describe("order", () => {
  const parts = [..."abcdefghij"].map((letter) => letter.repeat(10));
  const talk = () => {
    const all = new Conversation().open();
    for (const part of parts) all.say("server", ascii(part), false);
    return all;
  };
  const whole = parts.join("");

  test.each<[string, (packets: Uint8Array[]) => Uint8Array[]]>([
    ["in reverse", (packets) => packets.reverse()],
    [
      "every second one later",
      (packets) => [0, 1].flatMap((odd) => packets.filter((_, at) => at % 2 === odd)),
    ],
    ["the first one last", (packets) => [...packets.slice(1), packets[0] as Uint8Array]],
  ])("%s", (_name, shuffle) => {
    const { packets } = talk();
    const shuffled = [...packets.slice(0, 3), ...shuffle(packets.slice(3))];
    const lines = tcpLines(shuffled);
    expect(bytesOfDirection(lines, 0, "server")).toBe(whole);
    expect(lines.filter((line) => line.includes("gap"))).toEqual([]);
  });

  test("retransmission in other pieces", () => {
    const all = talk();
    const whole = ascii(parts.join(""));
    all.packets.push(
      all.packetOf("server", 9_001, whole),
      all.packetOf("server", 9_051, whole.slice(50)),
    );
    all.say("server", ascii("end"));
    expect(bytesOfDirection(tcpLines(all.packets), 0, "server")).toBe(`${parts.join("")}end`);
  });

  test("overlapping: what came first stays", () => {
    const talk = new Conversation().open();
    talk.packets.push(
      talk.packetOf("server", 9_003, ascii("CD")),
      talk.packetOf("server", 9_001, ascii("abcdef")),
    );
    expect(bytesOfDirection(tcpLines(talk.packets), 0, "server")).toBe("abCDef");
  });

  test("what lies further ahead than any window is left out", () => {
    const talk = new Conversation().open();
    talk.packets.push(talk.packetOf("server", 9_001 + 2 ** 30 + 1, ascii("garbage")));
    talk.say("server", ascii("answer"));
    expect(tcpLines(talk.packets)).toEqual([OPEN, "0 server data 0 answer", "0 close"]);
  });
});

describe("what is missing", () => {
  test("is a gap when the capture ends", () => {
    const talk = new Conversation().open();
    talk.packets.push(
      talk.packetOf("client", 1_006, ascii("behind")),
      talk.packetOf("client", 1_021, ascii("more")),
    );
    expect(tcpLines(talk.packets)).toEqual([
      OPEN,
      "0 client gap 0 5",
      "0 client data 5 behind",
      "0 client gap 11 9",
      "0 client data 20 more",
      "0 close",
    ]);
  });

  test("is a gap before the end of the direction", () => {
    const talk = new Conversation().open();
    talk.packets.push(talk.packetOf("client", 1_006, [], fin | ack));
    expect(tcpLines(talk.packets)).toEqual([OPEN, "0 client gap 0 5", "0 client end", "0 close"]);
  });

  test("and acknowledged: an answer waits for its question, if that comes a little later", () => {
    const talk = new Conversation()
      .open()
      .say("client", ascii("question"), false)
      .say("server", ascii("answer"));
    const [first, second, third, question, answer, last] = talk.packets as [
      Uint8Array,
      ...Uint8Array[],
    ];
    const shuffled = [first, second, third, answer, last, question] as Uint8Array[];
    expect(tcpLines(shuffled, { isOver: false })).toEqual([OPEN, ...SAID]);
  });

  test("and acknowledged: given up after eight more segments", () => {
    const talk = new Conversation().open().say("client", ascii("question"), false);
    talk.packets.pop();
    for (const letter of "abcdefgh") talk.say("server", ascii(letter), false);
    expect(tcpLines(talk.packets, { isOver: false })).toEqual([OPEN]);
    talk.say("server", ascii("i"), false);
    expect(tcpLines(talk.packets, { isOver: false })).toEqual([
      OPEN,
      "0 client gap 0 8",
      ...[..."abcdefghi"].map((letter, index) => `0 server data ${index} ${letter}`),
    ]);
  });

  test("and acknowledged: given up when much waits", () => {
    const talk = new Conversation({ segmentSize: 60_000 })
      .open()
      .say("client", ascii("question"), false);
    talk.packets.pop();
    talk.say("server", new Uint8Array(180_000), false);
    const lines = tcpLines(talk.packets, { isOver: false }).map((line) => line.slice(0, 20));
    expect(lines.slice(0, 2)).toEqual([OPEN.slice(0, 20), "0 client gap 0 8"]);
    expect(lines).toHaveLength(5);
  });

  test("in several places, acknowledged together: what came between is told", () => {
    const talk = new Conversation().open();
    for (const part of ["one", "two", "three", "four", "five"])
      talk.say("client", ascii(part), false);
    talk.packets.splice(3, 5, talk.packets[4] as Uint8Array, talk.packets[6] as Uint8Array);
    talk.say("server", ascii("answer")).close();
    expect(tcpLines(talk.packets)).toEqual([
      OPEN,
      "0 client gap 0 3",
      "0 client data 3 two",
      "0 client gap 6 5",
      "0 client data 11 four",
      "0 client gap 15 4",
      "0 server data 0 answer",
      ...ENDS,
    ]);
  });

  test("is given up when the buffer of the direction is full", () => {
    const limits = { ...TCP_LIMITS, direction: { bytes: 20, fragments: 2 } };
    const talk = new Conversation().open();
    const put = (at: number, text: string) =>
      talk.packets.push(talk.packetOf("client", 1_001 + at, ascii(text)));
    put(1, "x".repeat(15));
    put(20, "y".repeat(5));
    expect(tcpLines(talk.packets, { limits, isOver: false })).toEqual([OPEN]);
    put(26, "z");
    const given = [OPEN, "0 client gap 0 1", `0 client data 1 ${"x".repeat(15)}`];
    expect(tcpLines(talk.packets, { limits, isOver: false })).toEqual(given);
    put(30, "w");
    const more = ["0 client gap 16 4", "0 client data 20 yyyyy"];
    expect(tcpLines(talk.packets, { limits, isOver: false })).toEqual([...given, ...more]);
    put(50, "v".repeat(40));
    expect(tcpLines(talk.packets, { limits, isOver: false }).slice(5)).toEqual([
      "0 client gap 25 1",
      "0 client data 26 z",
      "0 client gap 27 3",
      "0 client data 30 w",
      "0 client gap 31 19",
      `0 client data 50 ${"v".repeat(40)}`,
    ]);
  });
});

describe("captures that begin in the middle", () => {
  test("the higher port is the client's", () => {
    const talk = exchange();
    expect(tcpLines(talk.packets.slice(3))).toEqual([MIDDLE, ...SAID, ...ENDS]);
    const [answerFirst] = tcpLines(talk.packets.slice(5));
    expect(answerFirst).toBe(MIDDLE);
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
      MIDDLE,
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
    expect(tcpLines(packets)).toEqual([OPEN, ...SAID, ...ENDS, MIDDLE.replace("0", "1"), ...again]);
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
      MIDDLE,
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
    expect([tracker.connections, tracker.heldBytes]).toEqual([3, 0]);
  });

  test("bytes of all connections: the one that waits longest gives up", () => {
    const tracker = new TcpTracker({ ...TCP_LIMITS, heldBytes: 100 });
    const lines: string[] = [];
    const hold = (index: number, at: number, count: number) => {
      const packet = flow(index).packetOf("client", 1_001 + at, new Uint8Array(count).fill(120));
      const [segment] = tcpSegmentsOf([packet]);
      if (segment !== undefined) lines.push(...tracker.receive(segment).map(lineOf));
    };
    for (let index = 0; index < 3; index++) hold(index, -10, 1);
    lines.length = 0;
    for (let index = 0; index < 3; index++) hold(index, 0, 33);
    expect([tracker.heldBytes, lines]).toEqual([99, []]);
    hold(1, 100, 1);
    expect([tracker.heldBytes, lines]).toEqual([100, []]);
    hold(2, 100, 1);
    expect(tracker.heldBytes).toBe(68);
    expect(lines).toEqual(["0 client gap 1 9", `0 client data 10 ${"x".repeat(33)}`]);
  });

  test("a flood of SYN and of pieces behind gaps is held in bounds", () => {
    const limits = { connections: 50, direction: { bytes: 1_000, fragments: 4 }, heldBytes: 5_000 };
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
        expect(tracker.heldBytes).toBeLessThanOrEqual(5_000);
      }
    }
    tracker.end();
    expect([tracker.connections, tracker.heldBytes]).toEqual([0, 0]);
  });
});
