// One test for each known attack on HTTP/3, QPACK and capsules, H3-S01 on, named after it. The rows are data of
// tercet/fuzz: bytes by stream in steps, what a strict receiver reports and sends, and bounds. Each row runs whole and
// cut, with the ends of streams alone and not; memory is measured in a fresh process. Time a byte is measured by
// `npm run fuzz -- h3-attacks`, growth by h3/growth.test.ts.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import {
  arrive,
  type ConnectH3,
  H3_ATTACK_CLASSES,
  type H3Injection,
  h3AttackFault,
  h3Attacks,
  h3Fields,
  h3Frames,
  h3Injections,
  h3OutcomeDifference,
  h3ReceivedLength,
  peerHello,
  runH3Attack,
} from "tercet/fuzz";
import { H3Connection } from "tercet/h3";
import { QpackDecoder, QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { cuttersOf } from "./helpers/attack-cutters.js";
import { CLIENT, connected } from "./helpers/h3-dialogue.js";
import { control, data, frame, GET, headers, POST, uni } from "./helpers/h3-frames.js";
import { dynamicSection, hex, insert, line, octets } from "./helpers/qpack-wire.js";

/** The list of attacks, with the reports that each row stands for. */
const CLASSES: Readonly<Record<string, string>> = {
  "H3-S01": "sections that unpack to too much, trailers too (CVE-2025-64702, CVE-2026-40898)",
  "H3-S02": "dynamic-table bomb: one entry, thousands of references",
  "H3-S03": "blocked streams that hold bytes (GHSA-4grm-h2qv-h6w6)",
  "H3-S04": "strings of 2^62 octets (GHSA-2c5c-chwr-9hqw)",
  "H3-S05": "frames that claim 64 KiB, a second control stream",
  "H3-S06": "integers, indexes and strings of QPACK that overflow",
  "H3-S07": "increments and acknowledgements of nothing",
  "H3-S08": "sections that are cancelled while they wait",
  "H3-S09": "content-length where FIN comes alone",
  "H3-S10": "what comes behind an error",
  "H3-S11": "frame x stream x role",
  "H3-S12": "rapid reset (CVE-2023-44487) by RESET_STREAM and STOP_SENDING",
  "H3-S13": "settings that repeat, or are those of HTTP/2",
  "H3-S14": "frames, streams and instructions that carry nothing",
  "H3-S15": "push and GOAWAY",
  "H3-S16": "critical streams",
  "H3-S17": "capsules and datagrams",
  "H3-S32": "content-length and transfer-encoding",
  "H3-S33": "CR, LF and NUL in fields",
  "H3-S34": "injection into the request line",
  "H3-S35": "normalised names",
};

const connect: ConnectH3 = (options) => new H3Connection(options);

for (const [id, title] of Object.entries(CLASSES)) {
  describe(`${id} ${title}`, () => {
    const rows = h3Attacks.filter((attack) => attack.id === id);
    test.each(rows.map((row) => [`${row.role}: ${row.name}`, row] as const))("%s", (_name, row) => {
      const whole = runH3Attack(row, connect);
      expect(h3AttackFault(row, whole)).toBeNull();
      // A budget that is used up ends the connection.
      if (whole.state !== "failed") expect(whole.overdrawn).toEqual([]);
      for (const [at, cutter] of cuttersOf(h3ReceivedLength(row)).entries()) {
        const outcome = runH3Attack(row, connect, cutter, at % 2 === 1);
        const fault = h3AttackFault(row, outcome) ?? h3OutcomeDifference(whole, outcome);
        // Plain comparison first: expect() is slow at thousands of cuts.
        if (fault !== null) expect.fail(`cut ${at}: ${fault}`);
      }
    });
  });
}

test("every class has rows, every row a class and a name of its own", () => {
  expect([...new Set(h3Attacks.map(({ id }) => id))].sort()).toEqual(Object.keys(CLASSES).sort());
  expect(Object.keys(H3_ATTACK_CLASSES)).toEqual(Object.keys(CLASSES));
  const names = h3Attacks.map(({ id, role, name }) => `${id} ${role} ${name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  expect(h3Attacks.length).toBeGreaterThan(500);
});

test("the check of a row sees another error, another place, and bytes too many", () => {
  const row = h3Attacks.find(({ name }) => name === "the error is where the frame begins");
  if (row === undefined) return expect.fail("the row is gone");
  const outcome = runH3Attack(row, connect);
  const { expected, bounds } = row;
  expect(h3AttackFault(row, outcome)).toBeNull();
  expect(h3AttackFault({ ...row, expected: { ...expected, log: ["…"] } }, outcome)).toBeNull();
  const wrong = { ...row, expected: { ...expected, log: ["settings"] } };
  expect(h3AttackFault(wrong, outcome)).toContain("expected nothing");
  const elsewhere = { ...row, expected: { ...expected, offset: 1 } };
  expect(h3AttackFault(elsewhere, outcome)).toContain("expected the error at byte 1");
  expect(h3AttackFault({ ...row, bounds: { ...bounds, bytesOut: 0 } }, outcome)).toContain("bytes");
});

describe("memory", () => {
  const child = new URL("./helpers/h3-memory-child.mjs", import.meta.url);
  const dist = new URL("../dist/h3.js", import.meta.url);
  const run = promisify(execFile);
  const measured = async (what: string): Promise<Record<string, number>[]> => {
    expect(existsSync(dist), "dist/h3.js; npm test builds it").toBe(true);
    const flags = ["--expose-gc", "--max-semi-space-size=1"];
    const { stdout } = await run(process.execPath, [...flags, child.pathname, what]);
    return JSON.parse(stdout);
  };

  test("what each attack leaves behind is within its bound", async () => {
    const rows = await measured("attacks");
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter(({ memory = 0, bound = 0 }) => memory > bound)).toEqual([]);
  });

  test("a QPACK bomb holds at most four times the bytes that were sent", async () => {
    const rows = await measured("bombs");
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) {
      // Where little was sent, what open streams and the free part of headerMemory hold is more than that.
      const isSmall = row.sent <= 16_384;
      if (isSmall) expect(row.held - row.plain, JSON.stringify(row)).toBeLessThanOrEqual(65_536);
      else expect(row.amplification, JSON.stringify(row)).toBeLessThanOrEqual(4);
      // 128 open streams, each with its head.
      expect(row.plain, JSON.stringify(row)).toBeLessThanOrEqual(128 * 1_024);
    }
  });
});

describe("H3-S33 injection on output", () => {
  /** Performs the command on a connection that is ready for it; gives what leaves. */
  function prepared(injection: H3Injection): { run: () => void; taken: () => number } {
    const client = new H3Connection({ role: "client" });
    const server = new H3Connection({ role: "server" });
    const from = injection.command === "sendRequest" ? client : server;
    for (const step of peerHello("client")) arrive(client, step);
    for (const step of peerHello("server")) arrive(server, step);
    server.receiveStream(0, h3Frames.headers(h3Fields.request()), true);
    if (injection.command === "sendTrailers") server.sendResponse(0, { status: 200, headers: [] });
    from.takeStreams();
    const taken = () => from.takeStreams().reduce((length, { bytes }) => length + bytes.length, 0);
    switch (injection.command) {
      case "sendRequest":
        return { run: () => void client.sendRequest(injection.head), taken };
      case "sendResponse":
        return { run: () => server.sendResponse(0, injection.head), taken };
      case "sendInformational":
        return { run: () => server.sendInformational(0, injection.head), taken };
      case "sendTrailers":
        return { run: () => server.sendTrailers(0, injection.headers), taken };
    }
  }

  test.each(h3Injections.map((row) => [`${row.command}: ${row.name}`, row] as const))(
    "%s",
    (_name, row) => {
      const { run, taken } = prepared(row);
      expect(run).toThrow(expect.objectContaining({ name: "UsageError" }));
      expect(taken()).toBe(0);
    },
  );

  test("the same commands without the fault are sent", () => {
    const { run, taken } = prepared({
      id: "H3-S33",
      name: "good",
      command: "sendRequest",
      head: { method: "GET", path: "/", authority: "a", headers: ["x", "y"] },
    });
    run();
    expect(taken()).toBeGreaterThan(9);
  });
});

describe("the bytes of the reports", () => {
  const heldBy = (make: () => unknown, count: number): number => {
    const before = process.memoryUsage().arrayBuffers;
    const kept = Array.from({ length: count }, make);
    const after = process.memoryUsage().arrayBuffers;
    expect(kept).toHaveLength(count);
    return (after - before) / count;
  };

  test("H3-S05 six bytes that claim 64 KiB hold no 64 KiB (picoquic #2114)", () => {
    const { connection } = connected("server", { limits: { concurrentStreams: 1000 } });
    let id = -4;
    const each = heldBy(() => {
      id += 4;
      return connection.receiveStream(id, hex("01 80 01 00 00 00"), false);
    }, 500);
    expect(each).toBeLessThan(1_000);
    expect(connection.state).toBe("open");
  });

  test("H3-S05 SETTINGS that claim 64 KiB hold no 64 KiB (picoquic #2114)", () => {
    const each = heldBy(() => {
      const { connection } = connected("server", { handshake: "none" });
      connection.receiveStream(CLIENT.control, hex("00 04 80 01 00 00 00"), false);
      return connection;
    }, 200);
    expect(each).toBeLessThan(8_000);
  });

  test("H3-S05 static index 99 reads no octet past the table (picoquic #2114)", () => {
    expect(() => new QpackDecoder().decode(0, hex("00 00 ff 24"))).toThrow(
      expect.objectContaining({ code: "QPACK_INDEX_INVALID" }),
    );
  });

  test("H3-S05 a second control stream (picoquic #2114)", () => {
    const { connection } = connected("server");
    connection.receiveStream(CLIENT.more, control(), false);
    expect(connection.closeCode).toBe(0x103);
  });

  test("H3-S02 13 bytes and a table do not become 25 MB (Bun #35763)", () => {
    const { connection } = connected("server");
    const open = octets(insert.capacity(4096), insert.literal("a", "v".repeat(4000)));
    connection.receiveStream(CLIENT.encoder, uni("encoder", open), false);
    const many = Array.from({ length: 6000 }, () => line.dynamic(0));
    const events = connection.receiveStream(0, headers(dynamicSection(1, ...many)), true);
    expect(events.map((event) => event.type === "error" && event.error.code)).toEqual([
      "H3_FIELD_SECTION_TOO_LARGE",
    ]);
  });

  test("H3-S09 content-length 4 and nothing, FIN in an empty frame (haproxy 05a295441)", () => {
    const { connection } = connected("server");
    connection.receiveStream(0, headers([...POST, "content-length", "4"]), false);
    const events = connection.receiveStream(0, new Uint8Array(), true);
    expect(events.map((event) => event.type === "error" && event.error.code)).toEqual([
      "H3_CONTENT_LENGTH_MISMATCH",
    ]);
  });

  test("H3-S10 behind an error in frame N the next frames are not read (haproxy 7f416252b)", () => {
    const { connection } = connected("server");
    const bytes = new Uint8Array([...frame(0x2, "x"), ...headers(GET), ...data("x")]);
    const events = connection.receiveStream(0, bytes, true);
    expect(events.map(({ type }) => type)).toEqual(["error"]);
  });
});

test("H3-S37 QP-EN-4 a right guess of a secret is as long as a wrong one", () => {
  for (const name of ["authorization", "proxy-authorization", "set-cookie"]) {
    const options = { maxTableCapacity: 4096, maxBlockedStreams: 16, strategy: "eager" } as const;
    const encoder = new QpackEncoder(options);
    encoder.encode(0, [name, "Bearer 0123456789abcdef"]);
    const right = encoder.encode(4, [name, "Bearer 0123456789abcdef"]).length;
    const wrong = encoder.encode(8, [name, "Bearer fedcba9876543210"]).length;
    expect(right, name).toBe(wrong);
  }
});
