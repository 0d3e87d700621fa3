// One test for each known attack on HTTP/1.1, S1 to S30, named after it; those on HTTP/2 are in
// vulnerabilities-h2.test.ts. The rows are data of tercet/fuzz: bytes, what a strict receiver reports, and
// bounds. Each row runs whole, at every cut and byte by byte; at none may it hold more, write more, or
// report anything else.

import {
  type Attack,
  attackFault,
  attacks,
  type Connect,
  cuts,
  type Injection,
  injections,
  outcomeDifference,
  runAttack,
  textOf,
} from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";

const CLASSES: Readonly<Record<string, string>> = {
  S1: "CL.TE and TE.CL",
  S2: "TE.TE obfuscation",
  S3: "empty Transfer-Encoding",
  S4: "empty list elements in Transfer-Encoding",
  S5: "duplicate and list Content-Length",
  S6: "Content-Length syntax",
  S7: "overflow and precision",
  S8: "CL.0 and 0.CL",
  S9: "chunk line terminators",
  S10: "chunk data spill",
  S11: "tail of the last chunk",
  S12: "quoted strings in chunk extensions",
  S13: "chunk size syntax",
  S14: "chunk extension flood and tiny chunks",
  S15: "space before the colon, space before the first field",
  S16: "bare CR, LF and NUL",
  S17: "end of the head",
  S18: "obs-fold around framing",
  S19: "empty names and missing colons",
  S20: "normalised names",
  S21: "versions",
  S22: "Transfer-Encoding in HTTP/1.0",
  S23: "trailers as headers",
  S24: "response smuggling",
  S25: "Expect desync",
  S26: "upgrades and tunnels",
  S27: "Host confusion",
  S28: "resource bombs",
  S30: "negative lengths",
};

const connect: Connect = (options) => new H1Connection(options);

/** A large row is cut at fewer places: each run costs its length. */
function cutOptions(attack: Attack) {
  return attack.bytes.length > 4_000 ? { most: 48, randomCount: 4 } : {};
}

for (const [id, title] of Object.entries(CLASSES)) {
  describe(`${id} ${title}`, () => {
    const rows = attacks.filter((attack) => attack.id === id);
    test.each(rows.map((attack) => [attack.name, attack] as const))("%s", (_name, attack) => {
      const whole = runAttack(attack, connect);
      expect(attackFault(attack, whole)).toBeNull();
      for (const pieces of cuts(attack.bytes, cutOptions(attack))) {
        const outcome = runAttack(attack, connect, pieces);
        const fault = attackFault(attack, outcome) ?? outcomeDifference(whole, outcome);
        // Plain comparison first: expect() is slow at tens of thousands of cuts.
        if (fault !== null) expect.fail(`in ${pieces.length} pieces: ${fault}`);
      }
    });
  });
}

test("every class has several rows, and every row a class", () => {
  const counts = new Map<string, number>();
  for (const { id } of attacks) counts.set(id, (counts.get(id) ?? 0) + 1);
  expect([...counts.keys()].sort()).toEqual(Object.keys(CLASSES).sort());
  for (const [id, count] of counts) expect(count, id).toBeGreaterThan(1);
  const names = attacks.map(({ id, name }) => `${id} ${name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

describe("S8 CL.0: an early answer", () => {
  const request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 34\r\n\r\n";
  const content = "GET /evil HTTP/1.1\r\nHost: evil\r\n\r\n";

  test("the content of an answered request is still content, never a request", () => {
    const server = new H1Connection({ role: "server" });
    server.receive(Buffer.from(request, "latin1"));
    server.sendResponse(1, { status: 401, headers: [], content: "" });
    const events = server.receive(Buffer.from(content, "latin1"));
    expect(content).toHaveLength(34);
    expect(events.filter((event) => event.type === "head")).toEqual([]);
  });
});

describe("S26 bytes behind an upgrade wait for the answer", () => {
  const request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
  const behind = "GET /evil HTTP/1.1\r\nHost: evil\r\n\r\n";

  const waiting = () => {
    const server = new H1Connection({ role: "server" });
    server.receive(Buffer.from(request + behind, "latin1"));
    return server;
  };

  test("101 makes them tunnel bytes", () => {
    const server = waiting();
    server.sendInformational(1, {
      status: 101,
      headers: ["connection", "upgrade", "upgrade", "x"],
    });
    const events = server.receive(new Uint8Array(0));
    expect(events.map((event) => event.type)).toEqual(["tunnel"]);
    expect(events.map((event) => (event.type === "tunnel" ? textOf(event.bytes) : ""))).toEqual([
      behind,
    ]);
  });

  test("any other answer makes them a request", () => {
    const server = waiting();
    server.sendResponse(1, { status: 200, headers: [], content: "" });
    const events = server.receive(new Uint8Array(0));
    expect(events.map((event) => event.type)).toEqual(["head", "end"]);
  });
});

describe("S29 CRLF injection on output", () => {
  /** Performs the command on a connection that is ready for it; gives what leaves. */
  function bytesOut(injection: Injection): { run: () => void; taken: () => string } {
    const client = new H1Connection({ role: "client" });
    const server = new H1Connection({ role: "server" });
    const from = injection.command === "sendRequest" ? client : server;
    const taken = () => from.take().map(textOf).join("");
    if (injection.command !== "sendRequest") {
      server.receive(Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "latin1"));
    }
    if (injection.command === "sendTrailers") {
      server.sendResponse(1, { status: 200, headers: [], body: "chunked" });
    }
    taken();
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

  test.each(injections.map((row) => [`${row.command}: ${row.name}`, row] as const))(
    "%s",
    (_name, row) => {
      const { run, taken } = bytesOut(row);
      expect(run).toThrow(expect.objectContaining({ name: "UsageError" }));
      expect(taken()).toBe("");
    },
  );

  test("the same commands without the break are sent", () => {
    const client = new H1Connection({ role: "client" });
    client.sendRequest({ method: "GET", path: "/", authority: "a", headers: ["x", "y"] });
    expect(client.take().map(textOf).join("")).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
  });
});
