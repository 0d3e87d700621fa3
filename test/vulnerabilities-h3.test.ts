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
import { describe, expect, test } from "vitest";
import { cuttersOf } from "./helpers/attack-cutters.js";

const connect: ConnectH3 = (options) => new H3Connection(options);

for (const [id, title] of Object.entries(H3_ATTACK_CLASSES)) {
  describe(`${id} ${title}`, () => {
    const rows = h3Attacks.filter((attack) => attack.id === id);
    test.each(rows.map((row) => [`${row.role}: ${row.name}`, row] as const))("%s", (_name, row) => {
      const whole = runH3Attack(row, connect);
      expect(h3AttackFault(row, whole)).toBeNull();
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
  expect([...new Set(h3Attacks.map(({ id }) => id))].sort()).toEqual(
    Object.keys(H3_ATTACK_CLASSES).sort(),
  );
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
