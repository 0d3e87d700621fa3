// One test for each known attack on HTTP/2 and HPACK, H2-S01 to H2-S38, and for each bug that other
// implementations fixed, H2-R01 and on, named after it. The rows are data of tercet/fuzz: frames in steps,
// what a strict receiver reports and sends, and bounds. Each row runs whole and cut; memory is measured in
// a fresh process. Time a byte is measured by `npm run fuzz -- h2-attacks`, growth by h2/growth.test.ts.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import {
  bytesOf,
  type ConnectH2,
  concat,
  frameLines,
  type H2Injection,
  h2AttackFault,
  h2Attacks,
  h2Block,
  h2Frames,
  h2Injections,
  h2OutcomeDifference,
  helloOf,
  receivedLength,
  runH2Attack,
} from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import { H2Connection } from "tercet/h2";
import { HpackDecoder, HpackEncoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { cuttersOf } from "./helpers/attack-cutters.js";

const CLASSES: Readonly<Record<string, string>> = {
  "H2-S01": "data dribble",
  "H2-S02": "ping flood",
  "H2-S03": "priority churn",
  "H2-S04": "reset flood by invalid frames",
  "H2-S05": "settings flood",
  "H2-S06": "fields without names",
  "H2-S07": "answers that nobody reads",
  "H2-S08": "empty frames",
  "H2-S09": "rapid reset",
  "H2-S10": "reset before accept",
  "H2-S11": "CONTINUATION flood",
  "H2-S12": "empty CONTINUATION frames",
  "H2-S13": "HPACK bomb",
  "H2-S14": "header bomb over many streams",
  "H2-S15": "resets that the peer provokes",
  "H2-S16": "DATA in tiny frames",
  "H2-S17": "streams above the limit",
  "H2-S18": "a tiny SETTINGS_MAX_HEADER_LIST_SIZE",
  "H2-S19": "table sizes",
  "H2-S20": "settings out of range",
  "H2-S21": "integers that overflow",
  "H2-S22": "Huffman EOS and padding",
  "H2-S23": "long Huffman strings",
  "H2-S24": "windows that overflow",
  "H2-S25": "frames behind the end",
  "H2-S26": "unknown frame types",
  "H2-S27": "many different fields",
  "H2-S28": "PRIORITY_UPDATE",
  "H2-S29": "push",
  "H2-S30": "GOAWAY debug data",
  "H2-S31": "stream identifiers",
  "H2-S32": "content-length and transfer-encoding",
  "H2-S33": "CR, LF and NUL in fields",
  "H2-S34": "injection into the request line",
  "H2-S35": "normalised names",
  "H2-S36": "h2c and connection fields",
  "H2-S38": "coded content",
  "H2-R01": "reserved bits",
  "H2-R02": "self-dependency and weights",
  "H2-R03": "lengths that are checked too late",
  "H2-R04": "padding",
  "H2-R05": "padding in flow control",
  "H2-R06": "END_STREAM on HEADERS",
  "H2-R07": ":protocol and CONNECT",
  "H2-R08": "pseudo-header fields out of place",
  "H2-R09": "settings and blocks in pieces",
  "H2-R10": "te and trailers",
  "H2-R11": "order of a message",
  "H2-R12": "GOAWAY and resets that end too much",
  "H2-R13": "push and settings of the wrong side",
  "H2-R14": "negative windows",
  "H2-R15": "states that are not checked",
  "H2-R16": "closed streams",
};

const connect: ConnectH2 = (options) => new H2Connection(options);

for (const [id, title] of Object.entries(CLASSES)) {
  describe(`${id} ${title}`, () => {
    const rows = h2Attacks.filter((attack) => attack.id === id);
    test.each(rows.map((row) => [`${row.role}: ${row.name}`, row] as const))("%s", (_name, row) => {
      const whole = runH2Attack(row, connect);
      expect(h2AttackFault(row, whole)).toBeNull();
      for (const [at, cutter] of cuttersOf(receivedLength(row)).entries()) {
        const outcome = runH2Attack(row, connect, cutter);
        const fault = h2AttackFault(row, outcome) ?? h2OutcomeDifference(whole, outcome);
        // Plain comparison first: expect() is slow at thousands of cuts.
        if (fault !== null) expect.fail(`cut ${at}: ${fault}`);
      }
    });
  });
}

test("every class has rows, every row a class and a name of its own", () => {
  expect([...new Set(h2Attacks.map(({ id }) => id))].sort()).toEqual(Object.keys(CLASSES).sort());
  const names = h2Attacks.map(({ id, role, name }) => `${id} ${role} ${name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  expect(h2Attacks.length).toBeGreaterThan(300);
});

describe("memory", () => {
  const child = new URL("./helpers/h2-memory-child.mjs", import.meta.url);
  const dist = new URL("../dist/h2.js", import.meta.url);
  const run = promisify(execFile);
  const measured = async (what: string): Promise<Record<string, number>[]> => {
    expect(existsSync(dist), "dist/h2.js; npm test builds it").toBe(true);
    const flags = ["--expose-gc", "--max-semi-space-size=1"];
    const { stdout } = await run(process.execPath, [...flags, child.pathname, what]);
    return JSON.parse(stdout);
  };

  test("what each attack leaves behind is within its bound", async () => {
    const rows = await measured("attacks");
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter(({ memory = 0, bound = 0 }) => memory > bound)).toEqual([]);
  });

  test("a header bomb holds at most four times the bytes that were sent", async () => {
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

describe("H2-S31 the last identifiers", () => {
  test("a server says GOAWAY when no further stream is possible", () => {
    const server = new H2Connection({ role: "server" });
    const last = h2Frames.headers(2 ** 31 - 1, h2Block.request(), { end: true });
    server.receive(concat([helloOf("server"), last]));
    server.sendResponse(2 ** 31 - 1, { status: 200, headers: [], content: "x" });
    const lines = frameLines(concat(server.take()));
    expect(lines).toContain("GOAWAY 2147483647 NO_ERROR");
  });
});

describe("H2-S33 injection on output", () => {
  /** Performs the command on a connection that is ready for it; gives what leaves. */
  function prepared(injection: H2Injection): { run: () => void; taken: () => number } {
    const client = new H2Connection({ role: "client" });
    const server = new H2Connection({ role: "server" });
    const from = injection.command === "sendRequest" ? client : server;
    client.receive(helloOf("client"));
    const request = h2Frames.headers(1, h2Block.request(), { end: true });
    server.receive(concat([helloOf("server"), request]));
    if (injection.command === "sendTrailers") server.sendResponse(1, { status: 200, headers: [] });
    from.take();
    const taken = () => from.take().reduce((length, bytes) => length + bytes.length, 0);
    switch (injection.command) {
      case "sendRequest":
        return { run: () => void client.sendRequest(injection.head), taken };
      case "sendResponse":
        return { run: () => server.sendResponse(1, injection.head), taken };
      case "sendInformational":
        return { run: () => server.sendInformational(1, injection.head), taken };
      case "sendTrailers":
        return { run: () => server.sendTrailers(1, injection.headers), taken };
    }
  }

  test.each(h2Injections.map((row) => [`${row.command}: ${row.name}`, row] as const))(
    "%s",
    (_name, row) => {
      const { run, taken } = prepared(row);
      expect(run).toThrow(expect.objectContaining({ name: "UsageError" }));
      expect(taken()).toBe(0);
    },
  );

  test("the same commands without the fault are sent", () => {
    const { run, taken } = prepared({
      id: "H2-S33",
      name: "good",
      command: "sendRequest",
      head: { method: "GET", path: "/", authority: "a", headers: ["x", "y"] },
    });
    run();
    expect(taken()).toBeGreaterThan(9);
  });
});

describe("H2-S36 Upgrade: h2c on HTTP/1.1", () => {
  test("is an offer like any other, and nothing switches", () => {
    const server = new H1Connection({ role: "server" });
    const fields =
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
    const events = server.receive(bytesOf(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`));
    expect(events.map(({ type }) => type)).toEqual(["head", "end"]);
    server.sendResponse(1, { status: 200, headers: [], content: "x" });
    const next = server.receive(bytesOf("GET /next HTTP/1.1\r\nHost: a\r\n\r\n"));
    expect(next.map(({ type }) => type)).toEqual(["head", "end"]);
  });
});

describe("H2-S37 guessing a secret by the size of a block", () => {
  const sizeOf = (encoder: HpackEncoder, secret: string, guess: string): number => {
    encoder.encode(["authorization", secret]);
    return encoder.encode(["authorization", guess]).length;
  };

  test("a right guess of a secret field is as long as a wrong one", () => {
    for (const name of ["authorization", "proxy-authorization", "set-cookie"]) {
      const encoder = new HpackEncoder();
      encoder.encode([name, "Bearer 0123456789abcdef"]);
      const right = encoder.encode([name, "Bearer 0123456789abcdef"]).length;
      const wrong = encoder.encode([name, "Bearer fedcba9876543210"]).length;
      expect(right, name).toBe(wrong);
    }
  });

  test("what the caller calls sensitive is never indexed, and the receiver knows", () => {
    const encoder = new HpackEncoder();
    const block = encoder.encode(["x-secret", "one"], new Set(["x-secret"]));
    const [field] = new HpackDecoder().decodeFields(block);
    expect(field).toEqual({ name: "x-secret", value: "one", sensitive: true });
    expect(sizeOf(new HpackEncoder(), "same", "same")).toBe(
      sizeOf(new HpackEncoder(), "same", "diff"),
    );
  });

  test("an ordinary field is indexed: the test can fail", () => {
    const encoder = new HpackEncoder();
    encoder.encode(["x-ordinary", "0123456789abcdef"]);
    expect(encoder.encode(["x-ordinary", "0123456789abcdef"]).length).toBeLessThan(4);
  });
});
