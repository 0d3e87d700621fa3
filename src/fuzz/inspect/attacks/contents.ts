// What connections in captures carry: CAP-S05 octets one at a time, CAP-S06 records of TLS, CAP-S08 text that a terminal would
// obey, CAP-S12 messages of TLS that lie, CAP-S13 hex text.

import { bytesOf, concat } from "../../latin1.js";
import { many, uint } from "../../octets.js";
import { clientHello, extension, handshake, record, serverHello, vector } from "../../tls.js";
import * as captures from "../captures.js";
import { keyLogOf } from "../key-log.js";
import * as net from "../network.js";
import { type InspectAttack, inspectRowsOf } from "../row.js";
import { TLS_RECORD } from "../tls-records.js";

const records = inspectRowsOf("CAP-S06");
const tiny = inspectRowsOf("CAP-S05");
const texts = inspectRowsOf("CAP-S08");
const messages = inspectRowsOf("CAP-S12");
const hexes = inspectRowsOf("CAP-S13");

const MIB = 1024 * 1024;
const SEGMENT = 1_400;

/** A connection to this port on which the client says this, in segments, and the server that. */
export function talk(
  port: number,
  client: Uint8Array,
  server: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const list: Uint8Array[] = [];
  const say = (from: number, to: number, bytes: Uint8Array, first: number): void => {
    list.push(net.tcp(from, to, "", { sequence: first - 1, flags: net.TCP.SYN }));
    for (let at = 0; at < bytes.length; at += SEGMENT) {
      const content = bytes.subarray(at, at + SEGMENT);
      list.push(net.tcp(from, to, content, { sequence: first + at }));
    }
  };
  say(50_000, port, client, 1_000);
  if (server.length > 0) say(port, 50_000, server, 9_000);
  return captures.pcap(list.map((bytes) => net.ipv4(net.IP.TCP, bytes)));
}

const HELLO = record(TLS_RECORD.HANDSHAKE, clientHello({ alpn: ["h2"] }));
const ANSWER = record(TLS_RECORD.HANDSHAKE, serverHello());
const NO_ENDS = ["…", "summary"];

const RECORD_ROWS: readonly InspectAttack[] = [
  records(
    "a hundred thousand records of no octets",
    "inspect",
    () => talk(443, concat([HELLO, many(100_000, () => record(TLS_RECORD.APPLICATION, ""))])),
    NO_ENDS,
    { reports: 220_000, keyLog: keyLogOf() },
  ),
  records(
    "a hundred thousand records that do not open",
    "inspect",
    () =>
      talk(
        443,
        concat([HELLO, many(20_000, () => record(TLS_RECORD.APPLICATION, new Uint8Array(30)))]),
        ANSWER,
      ),
    NO_ENDS,
    { reports: 60_000, keyLog: keyLogOf() },
  ),
  records(
    "alerts without end",
    "inspect",
    () => talk(443, concat([HELLO, many(50_000, () => record(TLS_RECORD.ALERT, "\x01\x5a"))])),
    NO_ENDS,
    { reports: 110_000 },
  ),
  records(
    "change_cipher_spec without end",
    "inspect",
    () => talk(443, concat([HELLO, many(50_000, () => record(TLS_RECORD.CHANGE, "\x01"))])),
    NO_ENDS,
    { reports: 110_000 },
  ),
  ...[0x4001, 0x4101, 0x4801, 0xffff].map((length) =>
    records(
      `a record that says it has ${length} octets`,
      "inspect",
      () =>
        talk(
          443,
          concat([HELLO, record(TLS_RECORD.APPLICATION, "", length), new Uint8Array(70_000)]),
          ANSWER,
        ),
      NO_ENDS,
      { reports: 200 },
    ),
  ),
  records(
    "a record of an unknown type behind the handshake",
    "inspect",
    talk(443, concat([HELLO, record(99, "abc"), HELLO]), ANSWER),
    NO_ENDS,
  ),
];

/** A packet for each octet, each where the one before ends. */
const octetwise = (bytes: Uint8Array): Uint8Array =>
  captures.pcap(
    Array.from(bytes, (octet, at) =>
      net.ipv4(net.IP.TCP, net.tcp(50_000, 80, Uint8Array.of(octet), { sequence: at + 1 })),
    ),
  );

const TINY_ROWS: readonly InspectAttack[] = [
  tiny(
    "fifty thousand octets of no protocol, each in a segment of its own",
    "inspect",
    () => octetwise(new Uint8Array(50_000).fill(0x58)),
    NO_ENDS,
    { nanoseconds: 2_000 },
  ),
  tiny(
    "a request, each octet in a segment of its own, and a long line behind it",
    "inspect",
    () => octetwise(bytesOf(`GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /${"x".repeat(30_000)}`)),
    NO_ENDS,
    { reports: 40_000, nanoseconds: 2_000 },
  ),
];

const hello = (body: Uint8Array): Uint8Array => record(TLS_RECORD.HANDSHAKE, handshake(1, body));
const HELLO_START = concat([uint(0x0303, 2), new Uint8Array(32)]);

const MESSAGE_ROWS: readonly InspectAttack[] = [
  messages(
    "a ClientHello of 16 MiB",
    "inspect",
    () =>
      talk(
        443,
        concat([
          record(TLS_RECORD.HANDSHAKE, handshake(1, "", 0xff_ffff)),
          many(600, () => record(TLS_RECORD.HANDSHAKE, new Uint8Array(16_384))),
        ]),
      ),
    NO_ENDS,
    { reports: 2_000, memory: 2 * MIB },
  ),
  ...[1, 40, 255].map((length) =>
    messages(
      `a session id of ${length} octets that is not there`,
      "inspect",
      talk(443, hello(concat([HELLO_START, Uint8Array.of(length)]))),
      NO_ENDS,
    ),
  ),
  messages(
    "extensions that go on behind the message",
    "inspect",
    talk(
      443,
      hello(
        concat([
          HELLO_START,
          vector(1, ""),
          vector(2, uint(0x1301, 2)),
          vector(1, "\0"),
          uint(0xffff, 2),
        ]),
      ),
    ),
    NO_ENDS,
  ),
  messages(
    "sixteen thousand extensions",
    "inspect",
    () =>
      talk(
        443,
        record(
          TLS_RECORD.HANDSHAKE,
          clientHello({ more: many(3_900, (at) => extension(10_000 + at, "")) }),
        ),
      ),
    NO_ENDS,
  ),
  messages(
    "an extension four thousand times",
    "inspect",
    () =>
      talk(
        443,
        record(
          TLS_RECORD.HANDSHAKE,
          clientHello({ more: many(3_900, () => extension(10_000, "")) }),
        ),
      ),
    NO_ENDS,
  ),
  messages(
    "a server name of 16 KiB, ALPN of eight thousand empty names",
    "inspect",
    () =>
      talk(
        443,
        record(
          TLS_RECORD.HANDSHAKE,
          clientHello({
            serverName: "a".repeat(8_000),
            alpn: Array.from({ length: 7_000 }, () => ""),
          }),
        ),
      ),
    NO_ENDS,
  ),
  messages(
    "messages of one octet each, in records of one octet",
    "inspect",
    () =>
      talk(
        443,
        concat([
          HELLO,
          many(40_000, (at) => record(TLS_RECORD.HANDSHAKE, Uint8Array.of(at % 4 === 0 ? 11 : 0))),
        ]),
      ),
    NO_ENDS,
    { reports: 100_000 },
  ),
  messages(
    "a ServerHello from a client, a ClientHello from a server",
    "inspect",
    talk(443, ANSWER, HELLO),
    NO_ENDS,
  ),
];

/** What terminals obey, and what breaks lines, JSON, or eyes. */
export const HOSTILE_TEXT =
  "\x1b[2J\x1b]0;title\x07\x1b[31m\x9b31m\r\n\x00\x08\x7f\x85\"'\\</script>\u00a0";
const NO_LINES = HOSTILE_TEXT.replace(/[\r\n\0]/g, "");

const TEXT_ROWS: readonly InspectAttack[] = [
  texts(
    "in a path, fields, a reason phrase, content",
    "inspect",
    talk(
      80,
      bytesOf(
        `GET /${NO_LINES} HTTP/1.1\r\nHost: a\r\nX-${NO_LINES}: ${NO_LINES}\r\nCookie: ${NO_LINES}\r\n\r\n`,
      ),
      bytesOf(
        `HTTP/1.1 200 ${NO_LINES}\r\nContent-Length: ${HOSTILE_TEXT.length}\r\nX: ${NO_LINES}\r\n\r\n${HOSTILE_TEXT}`,
      ),
    ),
    NO_ENDS,
  ),
  texts(
    "C1 controls in a field value, which HTTP allows",
    "inspect",
    talk(80, bytesOf("GET / HTTP/1.1\r\nHost: a\r\nX: \x9b31m\x9d0;t\x9c\x85\xa0\xff\r\n\r\n")),
    NO_ENDS,
  ),
  texts(
    "in a server name and ALPN",
    "inspect",
    talk(
      443,
      record(
        TLS_RECORD.HANDSHAKE,
        clientHello({ serverName: HOSTILE_TEXT, alpn: [HOSTILE_TEXT, "h2"] }),
      ),
    ),
    NO_ENDS,
  ),
  texts(
    "in comments of a pcapng",
    "inspect",
    concat([
      captures.section(true, captures.option(1, HOSTILE_TEXT)),
      captures.interfaceBlock(101, captures.option(2, HOSTILE_TEXT)),
      captures.enhanced(net.ipv4(net.IP.UDP, net.udp(1, 2, HOSTILE_TEXT))),
    ]),
    NO_ENDS,
  ),
  texts("in a key log", "inspect", talk(443, HELLO), NO_ENDS, {
    keyLog: `${HOSTILE_TEXT} ${HOSTILE_TEXT} ${HOSTILE_TEXT}\n`,
  }),
  texts(
    "in a method, as raw bytes",
    "inspect",
    bytesOf(`${NO_LINES} / HTTP/1.1\r\nHost: ${NO_LINES}\r\n\r\n`),
    NO_ENDS,
  ),
];

const HEX_ROWS: readonly InspectAttack[] = [
  hexes(
    "a comment of 4 MiB",
    "inspect",
    () => concat([bytesOf("47 45 54 20\n#"), new Uint8Array(4 * MIB).fill(0x41)]),
    NO_ENDS,
    { nanoseconds: 1_000 },
  ),
  hexes(
    "a line of 4 MiB without an end",
    "inspect",
    () => bytesOf("47 ".repeat(1_400_000)),
    NO_ENDS,
    { reports: 100_000, nanoseconds: 2_000 },
  ),
  hexes(
    "lines that stand for a MiB each",
    "inspect",
    () =>
      bytesOf(
        Array.from(
          { length: 200 },
          (_, at) => `${(at * 1_048_576).toString(16).padStart(8, "0")}: 4141\n*\n`,
        ).join(""),
      ),
    NO_ENDS,
    { reports: 5_000, memory: 8 * MIB, nanoseconds: 1_000_000 },
  ),
  hexes(
    "offsets that go back, jump and overflow",
    "inspect",
    bytesOf("00000000: 4745\n*\nffffffffffffffff: 5420\n*\n00000000: 2f20\n"),
    NO_ENDS,
  ),
  hexes("digits that are odd", "inspect", bytesOf("47 45 5\n4 zz"), NO_ENDS),
];

/** What is in connections, and text. */
export const CONTENT_ATTACKS: readonly InspectAttack[] = [
  ...RECORD_ROWS,
  ...TINY_ROWS,
  ...MESSAGE_ROWS,
  ...TEXT_ROWS,
  ...HEX_ROWS,
];
