// fast-check arbitraries for what `tercet inspect` reads: capture files, packets of a network, key logs, TLS records. Most are
// good, some have lengths that lie. The module fast-check is an argument: it is an optional peer.

import type * as FastCheck from "fast-check";
import { type Edit, edited } from "../edits.js";
import * as captures from "../inspect/captures.js";
import { keyLine, keyLogOf } from "../inspect/key-log.js";
import * as net from "../inspect/network.js";
import { CAPTURE_TOKENS, KEY_LOG_TOKENS, TLS_TOKENS } from "../inspect/tokens.js";
import { bytesOf, concat } from "../latin1.js";
import { clientHello, handshake, record, SECRET_LABELS, serverHello } from "../tls.js";
import { type Arb, editsOf, type Fc, seldom } from "./edits.js";

/** What `inspectArbitraries` gives. */
export interface InspectArbitraries {
  /** Packets as one link type carries them: UDP, TCP, fragments, others; some lengths lie. */
  packet(linkType: number): FastCheck.Arbitrary<Uint8Array>;
  /** Segments of one TCP connection, in order, out of order, again, overlapping. */
  readonly segments: FastCheck.Arbitrary<readonly Uint8Array[]>;
  /** A pcap, most of them whole. */
  readonly pcap: FastCheck.Arbitrary<Uint8Array>;
  /** A pcapng, most of them whole. */
  readonly pcapng: FastCheck.Arbitrary<Uint8Array>;
  /** Text of a key log, good and bad lines. */
  readonly keyLog: FastCheck.Arbitrary<string>;
  /** Records in the clear, good and bad ones. */
  readonly records: FastCheck.Arbitrary<Uint8Array>;
  /** Edits that may break anything; `kind` chooses what they insert. */
  edits(
    kind: "capture" | "key-log" | "tls",
    others?: readonly Uint8Array[],
  ): FastCheck.Arbitrary<readonly Edit[]>;
  /** Captures, key logs or records after a few edits. */
  broken(kind: "capture" | "key-log" | "tls"): FastCheck.Arbitrary<Uint8Array>;
}

const LINKS = Object.values(net.LINK);

/**
 * Arbitraries for captures, key logs and TLS. Pass the module: `inspectArbitraries(fc)`.
 */
export function inspectArbitraries(fc: Fc): InspectArbitraries {
  const ip = ipPackets(fc);
  const packet = (linkType: number): Arb<Uint8Array> =>
    ip.map(([type, bytes]) => linked(linkType, type, bytes));
  const link = fc.constantFrom(...LINKS);
  const list = link.chain((type) =>
    fc.tuple(fc.constant(type), fc.array(packet(type), { maxLength: 8 })),
  );
  const pcap = pcaps(fc, list);
  const pcapng = pcapngs(fc, list);
  const keyLog = keyLogs(fc);
  const records = tlsRecords(fc);
  const tokens = { capture: CAPTURE_TOKENS, "key-log": KEY_LOG_TOKENS, tls: TLS_TOKENS };
  const bases: Readonly<Record<keyof typeof tokens, Arb<Uint8Array>>> = {
    capture: fc.oneof(pcap, pcapng),
    "key-log": keyLog.map(bytesOf),
    tls: records,
  };
  const edits: InspectArbitraries["edits"] = (kind, others = []) =>
    editsOf(fc, tokens[kind], others);
  return {
    packet,
    segments: segments(fc),
    pcap,
    pcapng,
    keyLog,
    records,
    edits,
    broken: (kind) =>
      fc
        .tuple(bases[kind], fc.option(edits(kind), { nil: [], freq: 3 }))
        .map(([bytes, all]) => edited(bytes, all)),
  };
}

/** An IP packet, or another one, behind the header of a link. */
function linked(linkType: number, type: number, bytes: Uint8Array): Uint8Array {
  const { LINK } = net;
  if (linkType === LINK.ETHERNET) return net.ethernet(type, bytes, type === 0x86dd ? [5] : []);
  if (linkType === LINK.LINUX_SLL) return net.cooked(type, bytes);
  if (linkType === LINK.LINUX_SLL2) return net.cooked2(type, bytes);
  const family = type === net.ETHER.IPV6 ? 10 : 2;
  if (linkType === LINK.NULL) return concat([captures.word(family, 4), bytes]);
  if (linkType === LINK.LOOP) return concat([captures.word(family, 4, false), bytes]);
  return bytes;
}

function ipPackets(fc: Fc): Arb<readonly [type: number, bytes: Uint8Array]> {
  const content = fc.uint8Array({ maxLength: 60 });
  const port = fc.constantFrom(443, 4_433, 50_000, 80);
  const lie = seldom(fc, fc.nat(0xffff), undefined);
  const datagram = fc.tuple(port, port, content, lie).map((parts) => net.udp(...parts));
  const segment = fc
    .record({
      port,
      content,
      sequence: fc.nat(200),
      flags: fc.nat(31),
      words: fc.constantFrom(5, 5, 5, 0, 15),
    })
    .map((one) => net.tcp(one.port, 50_000, one.content, { ...one, headerWords: one.words }));
  const transport = fc.oneof(
    datagram.map((bytes) => [net.IP.UDP, bytes] as const),
    segment.map((bytes) => [net.IP.TCP, bytes] as const),
    content.map((bytes) => [net.IP.ICMP, bytes] as const),
  );
  const place = fc.record({
    identification: fc.nat(2),
    fragmentOffset: fc.constantFrom(0, 0, 0, 8, 16, 65_528),
    moreFragments: fc.constantFrom(false, false, false, true),
    options: fc.constantFrom("", "", "\x01\x01\x01\x00"),
  });
  const four = fc
    .tuple(transport, place, lie)
    .map(([[protocol, bytes], fields, totalLength]) =>
      net.ipv4(protocol, bytes, totalLength === undefined ? fields : { ...fields, totalLength }),
    );
  const header = fc.oneof(
    fc.constant([net.IP.HOP_BY_HOP, "\0\0\0\0\0\0\0"] as const),
    fc
      .nat(255)
      .map((size) => [net.IP.OPTIONS, concat([Uint8Array.of(size), new Uint8Array(6)])] as const),
    fc
      .tuple(fc.constantFrom(0, 8, 16), fc.boolean())
      .map(([at, more]) => [net.IP.FRAGMENT, net.fragment6(at, more)] as const),
  );
  const six = fc
    .tuple(transport, fc.array(header, { maxLength: 3 }), lie)
    .map(([[protocol, bytes], chain, length]) => net.ipv6(protocol, bytes, chain, length));
  return fc.oneof(
    { weight: 6, arbitrary: four.map((bytes) => [net.ETHER.IPV4, bytes] as const) },
    { weight: 3, arbitrary: six.map((bytes) => [net.ETHER.IPV6, bytes] as const) },
    { weight: 1, arbitrary: content.map((bytes) => [net.ETHER.ARP, bytes] as const) },
  );
}

/** One direction of a connection as segments: each octet of the stream is its place, so that what is wrong shows. */
function segments(fc: Fc): Arb<readonly Uint8Array[]> {
  const piece = fc.tuple(
    fc.nat(300),
    fc.nat(60),
    fc.constantFrom(0, 0, 0, net.TCP.FIN, net.TCP.RST),
  );
  const first = fc.constantFrom(0, 0x7fff_ff00, 0xffff_ff80);
  return fc
    .tuple(first, fc.boolean(), fc.array(piece, { maxLength: 20 }))
    .map(([start, opens, pieces]) => {
      const syn = net.tcp(50_000, 80, "", { sequence: start - 1, flags: net.TCP.SYN });
      const all = pieces.map(([at, length, flags]) => {
        const bytes = Uint8Array.from({ length }, (_, index) => (at + index) & 0xff);
        return net.tcp(50_000, 80, bytes, { sequence: start + at, flags: flags | net.TCP.ACK });
      });
      return (opens ? [syn, ...all] : all).map((bytes) => net.ipv4(net.IP.TCP, bytes));
    });
}

function pcaps(
  fc: Fc,
  list: Arb<readonly [linkType: number, packets: readonly Uint8Array[]]>,
): Arb<Uint8Array> {
  const lie = seldom(fc, fc.constantFrom(0, 1, 0xffff, 0x4_0001, 0xffff_ffff), undefined, 16);
  const format = fc.record({ little: fc.boolean(), nanoseconds: fc.boolean() });
  return fc
    .tuple(list, format, lie, fc.uint8Array({ maxLength: 12 }), fc.nat(3))
    .map(([[linkType, packets], order, captured, rest, cut]) => {
      const [first = new Uint8Array(0), ...others] = packets;
      return concat([
        captures.pcapHeader({ ...order, linkType }),
        ...others.map((bytes) => captures.pcapPacket(bytes, order)),
        captures.pcapPacket(first, order, captured === undefined ? {} : { captured }),
        cut === 0 ? rest : new Uint8Array(0),
      ]);
    });
}

function pcapngs(
  fc: Fc,
  list: Arb<readonly [linkType: number, packets: readonly Uint8Array[]]>,
): Arb<Uint8Array> {
  const option = fc
    .tuple(fc.constantFrom(0, 1, 2, 9, 14, 0x8000), fc.uint8Array({ maxLength: 9 }))
    .map(([code, value]) => captures.option(code, value));
  const options = fc.array(option, { maxLength: 3 }).map(concat);
  const other = fc.oneof(
    fc.uint8Array({ maxLength: 16 }).map((bytes) => captures.block(captures.BLOCK.CUSTOM, bytes)),
    fc.constantFrom(keyLogOf(), "no key log").map((text) => captures.secrets(text)),
    fc
      .constantFrom(0, 1, 4, 8, 12, 13, 0xffff_fffc, 0xffff_ffff)
      .map((length) => captures.block(captures.BLOCK.STATISTICS, "", true, length)),
  );
  return fc
    .tuple(list, fc.boolean(), options, seldom(fc, other, null, 4), fc.nat(3), fc.boolean())
    .map(([[linkType, packets], little, all, extra, interfaceId, isSimple]) =>
      concat([
        captures.section(little, little ? all : ""),
        captures.interfaceBlock(linkType, little ? all : "", little),
        ...(extra === null ? [] : [extra]),
        ...packets.map((bytes, at) => {
          if (isSimple) return captures.simple(bytes, little);
          return captures.enhanced(bytes, { little, interfaceId: at > 4 ? interfaceId : 0 });
        }),
      ]),
    );
}

function keyLogs(fc: Fc): Arb<string> {
  const octetsOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const label = fc.constantFrom(
    ...SECRET_LABELS,
    "CLIENT_RANDOM",
    "EXPORTER_SECRET",
    "X",
    "QUIC_SERVER_TRAFFIC_SECRET_0",
  );
  const good = fc
    .tuple(label, octetsOf(32), fc.oneof(octetsOf(32), octetsOf(48)))
    .map((parts) => keyLine(...parts));
  const bad = fc
    .tuple(label, fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 70 }))
    .map((parts) => keyLine(...parts));
  const odd = fc.constantFrom(
    "# comment\n",
    "\n",
    "\r\n",
    "CLIENT_RANDOM\n",
    "a b c\n",
    "\0\n",
    " \n",
    "x".repeat(300),
  );
  return fc
    .array(
      fc.oneof(
        { weight: 5, arbitrary: good },
        { weight: 1, arbitrary: bad },
        { weight: 1, arbitrary: odd },
      ),
      { maxLength: 12 },
    )
    .map((lines) => lines.join(""));
}

function tlsRecords(fc: Fc): Arb<Uint8Array> {
  const lie = seldom(fc, fc.constantFrom(0, 1, 0x4000, 0x4101, 0xffff), undefined, 16);
  const content = fc.uint8Array({ maxLength: 60 });
  const message = fc.oneof(
    fc.constant(clientHello()),
    fc.constant(serverHello()),
    fc.tuple(fc.nat(30), content).map(([type, body]) => handshake(type, body)),
    content,
  );
  const one = fc.oneof(
    fc.tuple(fc.constant(22), message, lie).map((parts) => record(...parts)),
    fc.tuple(fc.integer({ min: 18, max: 26 }), content, lie).map((parts) => record(...parts)),
  );
  return fc
    .tuple(
      fc.constantFrom(record(22, clientHello()), new Uint8Array(0)),
      fc.array(one, { maxLength: 8 }),
    )
    .map(([first, list]) => concat([first, ...list]));
}
