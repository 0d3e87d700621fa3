// Captures against Wireshark: every kind of link, header and fragment as tshark dissects it, files as editcap and
// mergecap write them, and TCP connections as tshark follows them.

import { afterAll, describe, expect, test } from "vitest";
import { CaptureReader } from "../../src/inspect/capture/capture-reader.js";
import { PacketDecoder } from "../../src/inspect/capture/packet-decoder.js";
import { Conversation } from "../helpers/capture-conversation.js";
import { MAGIC, ORDERS, PcapngBlocks, pcap, pcapng } from "../helpers/capture-file.js";
import { ascii, concat, LITTLE } from "../helpers/capture-octets.js";
import {
  EXTENSIONS,
  ethernet,
  FLAGS,
  ipv4,
  ipv6,
  LINK,
  linked,
  tcp,
  udp,
} from "../helpers/capture-packet.js";
import { hex, itemsOf, packetsIn, segmentsOf } from "../helpers/capture-read.js";
import { bytesOfDirection, tcpLines } from "../helpers/tcp-read.js";
import { Wireshark } from "../helpers/wireshark.js";
import { isInstalled } from "../node/peers.js";

const isThere = ["tshark", "editcap", "mergecap"].every(isInstalled);

/** IP packets of all kinds that the decoder opens. */
function ipPackets(): Uint8Array[] {
  const payload = ascii("payload of a packet");
  const long = udp(Uint8Array.from({ length: 2_500 }, (_, index) => index & 0xff));
  const { hopByHop, routing, destination, authentication, fragment } = EXTENSIONS;
  const segment = tcp(payload, {
    sequence: 0xffff_fff0,
    acknowledgement: 99,
    flags: FLAGS.psh | FLAGS.ack,
    options: [1, 1, 1, 0],
  });
  const four = (from: number, end: number) =>
    ipv4(long.slice(from, end), {
      identification: 5,
      fragmentOffset: from,
      hasMore: end < long.length,
    });
  const six = (from: number, end: number) =>
    ipv6(long.slice(from, end), { extensions: [hopByHop, fragment(from, end < long.length, 77)] });
  return [
    ipv4(udp(payload)),
    ipv4(udp([])),
    ipv4(udp(payload), { options: [7, 3, 4, 0, 1, 1, 1, 0] }),
    ipv4(segment, { protocol: "tcp" }),
    ipv6(udp(payload)),
    ipv6(segment, { protocol: "tcp" }),
    ipv6(udp(payload), { extensions: [hopByHop, destination, routing, authentication] }),
    ipv6(udp(payload), { extensions: [fragment(0, false, 3)] }),
    four(0, 1_200),
    four(1_200, 2_400),
    four(2_400, long.length),
    six(0, 1_200),
    six(2_400, long.length),
    six(1_200, 2_400),
    four(2_400, long.length),
    ipv4(tcp([], { flags: FLAGS.syn }), { protocol: "tcp" }),
    ipv4([8, 0, 0, 0, 0, 0, 0, 0], { protocol: 1 }),
  ];
}

const FIELDS = [
  "frame.number",
  "ip.src",
  "ipv6.src",
  "udp.srcport",
  "tcp.dstport",
  "tcp.seq_raw",
  "tcp.ack_raw",
  "udp.payload",
  "tcp.payload",
];

/** Rows of our own as tshark prints them. */
function ourRows(capture: Uint8Array): string[][] {
  const rows: string[][] = [];
  for (const [index, segment] of segmentsOf(capture).entries()) {
    if (segment === null || segment.kind === "other") continue;
    const [, v6, v4] = /^(?:\[(.*)\]|([\d.]+)):/.exec(segment.source) ?? [];
    const isTcp = segment.kind === "tcp";
    const number = (value: number, isShown: boolean) => (isShown ? String(value) : "");
    rows.push([
      String(index + 1),
      v4 ?? "",
      v6 ?? "",
      number(segment.sourcePort, !isTcp),
      number(segment.destinationPort, isTcp),
      number(isTcp ? segment.sequence : 0, isTcp),
      number(isTcp ? segment.acknowledgement : 0, isTcp),
      isTcp ? "" : hex(segment.bytes),
      isTcp ? hex(segment.bytes) : "",
    ]);
  }
  return rows;
}

describe.skipIf(!isThere)("Wireshark", () => {
  const tools = new Wireshark();
  afterAll(() => tools.close());

  const theirRows = (capture: Uint8Array) =>
    tools
      .fields(tools.file(capture), "udp || tcp", ...FIELDS)
      .filter(([, , , port, other]) => port !== "" || other !== "");

  test.each(Object.entries(LINK))("packets behind the header of %s", (_name, linkType) => {
    const packets = ipPackets().map((packet) => linked(linkType, packet));
    for (const [, order] of ORDERS) {
      const file = pcap(packets, { order, linkType });
      const rows = ourRows(file);
      expect(rows).toEqual(theirRows(file));
      expect(rows.length).toBeGreaterThan(10);
      expect(ourRows(pcapng(packets, { order, linkType }))).toEqual(rows);
    }
  });

  test.each([
    ["a VLAN tag", [0x8100]],
    ["VLAN tags", [0x88a8, 0x8100]],
  ])("packets behind %s", (_name, tags) => {
    const file = pcap(ipPackets().map((packet) => ethernet(packet, tags)));
    expect(ourRows(file)).toEqual(theirRows(file));
  });

  test("packets in frames that are padded", () => {
    const segment = ipv4(tcp([], { flags: FLAGS.ack }), { protocol: "tcp" });
    const file = pcap([
      concat(ethernet(ipv4(udp(ascii("x")))), Array(17).fill(0)),
      concat(ethernet(segment), Array(6).fill(0)),
    ]);
    expect(ourRows(file)).toEqual(theirRows(file));
  });

  describe("files as its tools write them", () => {
    const talk = new Conversation()
      .open()
      .say("client", ascii("question"))
      .say("server", ascii("answer"));
    const packets = [...talk.packets, ...ipPackets().map((packet) => ethernet(packet))];
    const times = packets.map((bytes, index) => ({
      bytes,
      seconds: 1_700_000_000 + index,
      fraction: 123_456_789 + index,
    }));
    const file = pcap(times, { magic: MAGIC.nano });
    const expected = packets.map(hex);

    test.each(["pcap", "nsecpcap", "modpcap", "pcapng"])("%s", (format) => {
      const written = tools.editcap(tools.file(file), "-F", format);
      expect(packetsIn([written])).toEqual(expected);
      const ours = itemsOf([written]).map((line) => Number(line.split(" ")[1]).toFixed(6));
      const theirs = tools
        .fields(tools.file(written), "frame", "frame.time_epoch")
        .map(([time]) => Number(time).toFixed(6));
      expect(ours).toEqual(theirs);
    });

    test("a snapshot length: what is cut is told", () => {
      const written = tools.editcap(tools.file(file), "-s", "60", "-F", "pcapng");
      const decoder = new PacketDecoder();
      const whats = new CaptureReader().push(written).map((item) => {
        if (item.kind !== "packet") return item.kind;
        const segment = decoder.decode(item);
        const isCut = item.bytes.length < item.originalLength;
        return isCut ? (segment?.kind === "other" ? segment.what : "not told") : "whole";
      });
      // ICMP and the like need not be whole.
      expect(new Set(whats)).toEqual(new Set(["whole", "truncated"]));
    });

    test("several interfaces with several links, in the order of time", () => {
      const inputs = Object.values(LINK).map((linkType, index) => {
        const packets = ipPackets()
          .slice(0, 8)
          .map((packet, at) => ({
            bytes: linked(linkType, packet),
            seconds: 1_000 + at,
            fraction: index,
          }));
        return tools.file(pcap(packets, { linkType }));
      });
      const merged = tools.mergecap(inputs, "-F", "pcapng");
      expect(ourRows(merged)).toEqual(theirRows(merged));
      const interfaces = new Set(itemsOf([merged]).map((line) => line.split(" ")[3]));
      expect(interfaces.size).toBe(inputs.length);
    });

    test("one file behind another: several sections", () => {
      const one = tools.editcap(tools.file(file), "-F", "pcapng");
      const blocks = new PcapngBlocks(LITTLE);
      const other = concat(
        blocks.section(),
        blocks.interface(),
        blocks.packet(packets[0] as Uint8Array),
      );
      expect(packetsIn([one, other, one])).toEqual([...expected, expected[0], ...expected]);
    });

    test("injected secrets", () => {
      const log = `CLIENT_HANDSHAKE_TRAFFIC_SECRET ${"11".repeat(32)} ${"22".repeat(32)}\n`.repeat(
        3,
      );
      const written = tools.editcap(
        tools.file(file),
        "--inject-secrets",
        `tls,${tools.file(log)}`,
        "-F",
        "pcapng",
      );
      const [secrets, ...rest] = itemsOf([written]);
      expect(secrets).toBe(`secrets ${0x544c534b} end ${Buffer.from(log).toString("hex")}`);
      expect(rest).toHaveLength(expected.length);
      expect(packetsIn([written])).toEqual(expected);
    });

    test("ours are good to it", () => {
      for (const [, order] of ORDERS) {
        const written = pcapng(packets, { order, secrets: ascii("CLIENT_RANDOM 00 00\n") });
        expect(tools.fields(tools.file(written), "frame", "frame.number")).toHaveLength(
          packets.length,
        );
        expect(packetsIn([tools.editcap(tools.file(written), "-F", "pcapng")])).toEqual(expected);
      }
    });
  });

  test("connections as it follows them: out of order, twice, overlapping", () => {
    const question = "a question of some length. ".repeat(20);
    const answer = "and an answer that is longer. ".repeat(40);
    const talk = new Conversation({ segmentSize: 50, clientStart: 0xffff_ff80 }).open();
    talk.say("client", ascii(question)).say("server", ascii(answer));
    const cover = talk.packetOf("server", 9_001, ascii(answer.slice(0, 300)));
    talk.close();
    const { packets } = talk;
    // Neighbours change places, some come twice, and one piece covers others.
    for (let index = 4; index + 1 < packets.length - 6; index += 3) {
      const [one, other] = [packets[index] as Uint8Array, packets[index + 1] as Uint8Array];
      packets.splice(index, 2, other, one, ...(index % 2 === 0 ? [other] : []));
    }
    packets.splice(packets.length - 12, 0, cover);
    const input = tools.file(pcap(packets));
    const text = tools.tshark("-n", "-r", input, "-q", "-z", "follow,tcp,raw,0");
    const lines = text.split("\n").filter((line) => /^\t?[0-9a-f]+$/.test(line));
    const theirs = (isServer: boolean) =>
      lines
        .filter((line) => line.startsWith("\t") === isServer)
        .map((line) => Buffer.from(line.trim(), "hex").toString("latin1"))
        .join("");
    const ours = tcpLines(packets);
    expect(theirs(false)).toBe(question);
    expect(bytesOfDirection(ours, 0, "client")).toBe(theirs(false));
    expect(bytesOfDirection(ours, 0, "server")).toBe(theirs(true));
  });
});
