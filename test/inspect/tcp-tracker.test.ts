// One TCP connection out of its segments: order, retransmission, overlap, what is missing, beginnings and ends.

import { describe, expect, test } from "vitest";
import { TCP_LIMITS } from "../../src/inspect/tcp-tracker.js";
import { Conversation } from "../helpers/capture-conversation.js";
import { ascii } from "../helpers/capture-octets.js";
import { FLAGS } from "../helpers/capture-packet.js";
import { bytesOfDirection, ENDS, exchange, OPEN, SAID, tcpLines } from "../helpers/tcp-read.js";

const { syn, fin, ack, rst } = FLAGS;

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

  test("and acknowledged: given up when the answer was acknowledged three times", () => {
    const talk = new Conversation().open().say("client", ascii("question"), false);
    talk.packets.pop();
    talk.say("server", ascii("an")).say("server", ascii("swer"));
    expect(tcpLines(talk.packets, { isOver: false })).toEqual([OPEN]);
    talk.finish("server");
    expect(tcpLines(talk.packets, { isOver: false })).toEqual([
      OPEN,
      "0 client gap 0 8",
      "0 server data 0 an",
      "0 server data 2 swer",
      "0 server end",
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
