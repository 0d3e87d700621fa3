// One test for each known attack on QUIC, Q-S01 on, named after it. The rows are data of tercet/fuzz: what is given to which
// function of tercet/quic, what it must report, and bounds. Packets of hostile clients and servers are protected with keys that
// the observer has. Memory is measured in a fresh process; time a byte by `npm run fuzz -- quic-attacks`.

import {
  captures,
  keyLogOf,
  network,
  QUIC_ATTACK_CLASSES,
  type QuicDatagram,
  type QuicSubjects,
  quicAttackFault,
  quicAttacks,
  runQuicAttack,
} from "tercet/fuzz";
import {
  HexPrinter,
  type InspectEvent,
  Inspector,
  QlogWriter,
  TreePrinter,
  toJsonLine,
} from "tercet/inspect";
import * as quic from "tercet/quic";
import { describe, expect, test } from "vitest";
import { memoryOfAttacks } from "./helpers/attack-memory.js";

/** The list of attacks, with the reports that each row stands for. */
const CLASSES: Readonly<Record<string, string>> = {
  "Q-S01": "transport parameters that are cut (CVE-2026-31812, RUSTSEC-2026-0037)",
  "Q-S02": "frames that nobody knows, or in wrong packets (CVE-2023-42805, GHSA-vr26-jcq5-fjj8)",
  "Q-S03": "a frame type that is cut and read as PADDING for ever (CVE-2026-26080)",
  "Q-S04": "NEW_TOKEN that is too short (CVE-2026-26081)",
  "Q-S05": "ACK with counts that nobody consumes (haproxy 7aa839296)",
  "Q-S06": "CRYPTO data around the end of a buffer (haproxy b0f07463a)",
  "Q-S07": "coalesced packets of differing ids that are never let go (CVE-2025-54939)",
  "Q-S08": "ACK of packets that were not sent (CVE-2025-4821, CVE-2025-4820)",
  "Q-S09": "RETIRE_CONNECTION_ID in packets for a retired id (CVE-2025-7054)",
  "Q-S10": "CRYPTO data without end (CVE-2024-1765, CVE-2024-1410, aioquic #501, s2n #356)",
  "Q-S11": "NEW_CONNECTION_ID with rising Retire Prior To (CVE-2024-22189)",
  "Q-S12": "PATH_CHALLENGE flood (CVE-2023-49295, CVE-2023-6193, nginx 0c0f34055)",
  "Q-S13": "ACK ranges that are not there (neqo GHSA-5m9j-vr32-g7j5)",
  "Q-S14": "connections and streams without end (neqo GHSA-hvhj-4r52-8568, s2n, h2o, quicly)",
  "Q-S15": "HANDSHAKE_DONE before the handshake is over (quic-go GHSA-47m2-4cr7-mhcw)",
  "Q-S16": "ACK behind the CRYPTO that completes the handshake (CVE-2023-46239)",
  "Q-S18":
    "many tiny pieces out of order (OpenSSL #32654, #32038, s2n #1965, RFC 9000 section 21.6)",
  "Q-S19": "datagrams of no octets that are not counted (CVE-2026-11352)",
  "Q-S21": "RESET_STREAM and final sizes that nobody checks (lsquic 4.8.1, quicly 9bce5448)",
  "Q-S22": "reserved bits and key phase before a packet is authentic",
  "Q-S23": "headers whose lengths, ids and versions lie",
  "Q-S24": "Retry and Version Negotiation in a loop",
  "Q-S25": "key phases that flip",
  "Q-S26": "packets again, packet numbers that jump",
};

const subjects: QuicSubjects = quic;

for (const [id, title] of Object.entries(CLASSES)) {
  describe(`${id} ${title}`, () => {
    const rows = quicAttacks.filter((attack) => attack.id === id);
    test.each(rows.map((row) => [`${row.input.subject}: ${row.name}`, row] as const))(
      "%s",
      (_name, row) => {
        expect(quicAttackFault(row, runQuicAttack(row, subjects))).toBeNull();
      },
    );
  });
}

test("every class has rows, every row a class and a name of its own", () => {
  expect([...new Set(quicAttacks.map(({ id }) => id))].sort()).toEqual(Object.keys(CLASSES).sort());
  expect(Object.keys(QUIC_ATTACK_CLASSES)).toEqual(Object.keys(CLASSES));
  const names = quicAttacks.map(({ id, input, name }) => `${id} ${input.subject} ${name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  expect(quicAttacks.length).toBeGreaterThan(300);
});

test("the check of a row sees another report, a word that may not be, and reports too many", () => {
  const row = quicAttacks.find(({ name }) => name === "behind a good frame");
  if (row === undefined) return expect.fail("the row is gone");
  const outcome = runQuicAttack(row, subjects);
  const { expected, bounds } = row;
  expect(quicAttackFault(row, outcome)).toBeNull();
  const log = (lines: readonly string[]) => ({ ...row, expected: { ...expected, log: lines } });
  expect(quicAttackFault(log(["PING"]), outcome)).toContain("expected nothing");
  expect(quicAttackFault(log(["…", "ACK"]), outcome)).toContain("expected ACK");
  const never = { ...row, expected: { ...expected, never: ["error"] } };
  expect(quicAttackFault(never, outcome)).toContain("may not be");
  expect(quicAttackFault({ ...row, bounds: { ...bounds, reports: 2 } }, outcome)).toContain(
    "3 reports",
  );
});

test("what each attack leaves behind is within its bound", async () => {
  const rows = await memoryOfAttacks("quic");
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.filter(({ memory, bound }) => memory > bound)).toEqual([]);
}, 120_000);

describe("Q-S17 logs of what hostile peers say (CVE-2024-52811, ngtcp2 60259a73)", () => {
  /** Datagrams as a capture. */
  const captured = (datagrams: readonly QuicDatagram[]): Uint8Array =>
    captures.pcap(
      datagrams.map(({ source, destination, bytes }) => {
        const port = (address: string) => Number(address.split(":")[1]);
        const host = (address: string) => address.split(":")[0].split(".").map(Number);
        return network.ipv4(
          network.IP.UDP,
          network.udp(port(source), port(destination), bytes.subarray(0, 65_000)),
          { source: host(source), destination: host(destination) },
        );
      }),
    );

  const written = (events: readonly InspectEvent[]): void => {
    const qlog = new QlogWriter();
    const tree = new TreePrinter();
    const hex = new HexPrinter();
    const log = qlog.push(events) + qlog.end();
    const records = log.split("\x1e").filter((part) => part !== "");
    expect(records.length).toBeGreaterThan(0);
    for (const part of records) expect(() => JSON.parse(part)).not.toThrow();
    for (const event of events) expect(() => JSON.parse(toJsonLine(event))).not.toThrow();
    expect(tree.push(events) + hex.push(events)).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
  };

  // Long floods say the same again and again, and are costly to make.
  const rows = quicAttacks.flatMap((row) =>
    row.input.subject === "observer" && row.bounds.reports <= 4_000
      ? [[`${row.id} ${row.name}`, row.input.datagrams] as const]
      : [],
  );
  test.each(rows)("%s", (_name, datagrams) => {
    const list = datagrams(subjects);
    // The first ones and the last ones.
    const some = list.length > 400 ? [...list.slice(0, 300), ...list.slice(-100)] : list;
    const inspector = new Inspector({ keyLog: keyLogOf(), keepBytes: true, lenient: true });
    const events = [...inspector.push(captured(some)), ...inspector.end()];
    expect(events.at(-1)?.event).toBe("summary");
    written(events);
  });
});
