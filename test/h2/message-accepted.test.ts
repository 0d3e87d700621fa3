// Whatever the writer of HTTP/2 messages lets pass, our own strict receiver accepts, and gives back as it
// was (RFC 9113 section 8.1.1): heads and trailers of all kinds, made to be nearly right, from one
// connection to another.

import * as fc from "fast-check";
import type { ConnectionEvent, RequestHead, ResponseHead } from "tercet";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import {
  type RequestParts,
  requestFields,
  responseFields,
  trailerFields,
} from "../../src/codec/message.js";

const octet = fc.integer({ min: 0, max: 0x102 }).map((code) => String.fromCharCode(code));
/** Nearly always one of `good`, now and then one of `odd`, or a good one with some octet in it. */
const mostly = (good: readonly string[], odd: readonly string[]) =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...good) },
    { weight: 2, arbitrary: fc.constantFrom(...odd) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...good, ...odd), octet, fc.nat({ max: 20 }))
        .map(([text, one, at]) => text.slice(0, at) + one + text.slice(at)),
    },
  );

const name = mostly(
  ["accept", "X-Own", "cookie", "priority", "set-cookie", "trailer", "expect", "x-\x7ca"],
  [
    "te",
    "host",
    "content-length",
    "connection",
    "upgrade",
    ":path",
    ":x",
    "http2-settings",
    "date",
  ],
);
const value = mostly(
  ["", "a", "u=1, i", 'a; b="c"', "x, y", "\xe9", "0"],
  ["trailers", "example.org", "12", " a", "a\t"],
);
const headers = fc.array(fc.tuple(name, value), { maxLength: 5 }).map((pairs) => pairs.flat());

const ordinary = fc.record({
  method: mostly(["GET", "POST", "x-own", "HEAD"], ["OPTIONS", "", "PRI"]),
  path: mostly(["/", "/a?b=%20"], ["*", "", "a", "/?%"]),
  authority: mostly(["example.org", "a:80", "[::1]:8"], ["", "u@a", "a:"]),
  scheme: mostly(["https", "http", "coap"], ["", "3"]),
  headers,
});
const connecting = fc.record(
  {
    method: fc.constant("CONNECT"),
    authority: mostly(["a:80", "[::1]:8"], ["a", "a:", ""]),
    path: fc.constantFrom("/", "*"),
    scheme: fc.constantFrom("https", "coap"),
    protocol: mostly(["websocket", "connect-udp"], [""]),
    headers,
  },
  { requiredKeys: ["method", "headers"] },
);
/** Some members are left out. */
const request: fc.Arbitrary<RequestParts> = fc.oneof(
  { weight: 2, arbitrary: ordinary },
  {
    weight: 1,
    arbitrary: fc
      .tuple(ordinary, fc.constantFrom("path", "authority", "scheme"))
      .map(([parts, member]) => ({ ...parts, [member]: undefined })),
  },
  { weight: 2, arbitrary: connecting },
);

/** What a function gives, or null where it throws a UsageError. */
function unlessRefused<T>(call: () => T): T | null {
  try {
    return call();
  } catch (error) {
    expect((error as Error).name).toBe("UsageError");
    return null;
  }
}

/** A client and a server that know each other's settings; extended CONNECT is allowed. */
function pair(): { client: H2Connection; server: H2Connection } {
  const client = new H2Connection({ role: "client" });
  const server = new H2Connection({ role: "server", settings: { enableConnectProtocol: true } });
  pass(client, server);
  pass(server, client);
  pass(client, server);
  return { client, server };
}

/** Hands over what one has to say; the events of the other. */
function pass(from: H2Connection, to: H2Connection): ConnectionEvent[] {
  const events = from.take().flatMap((bytes) => to.receive(bytes));
  expect(events.filter(({ type }) => type === "error")).toEqual([]);
  return events;
}

const regular = (fields: readonly string[]) => {
  const from = fields.findIndex((text, i) => i % 2 === 0 && !text.startsWith(":"));
  return from < 0 ? [] : fields.slice(from);
};

const pseudo = (fields: readonly string[], wanted: string) => {
  const at = fields.findIndex((text, i) => i % 2 === 0 && text === wanted);
  return at < 0 ? null : fields[at + 1];
};

const RUNS = { numRuns: 1000 };

describe("what passes the writer", () => {
  test("H2-163 H2-198 XC-003 a request arrives as it was, or is refused and nothing is sent", () => {
    let passed = 0;
    fc.assert(
      fc.property(request, (parts) => {
        const message = unlessRefused(() => requestFields(parts, { connectProtocol: true }));
        if (message === null) return;
        // A content-length without content is the connection's matter.
        if (message.contentLength > 0) return;
        passed++;
        const { client, server } = pair();
        const id = client.sendRequest({ ...parts, body: "none" });
        const events = pass(client, server);
        const found = events.find((event) => event.type === "head");
        expect(found).toMatchObject({ streamId: id });
        const head = (found as { head: RequestHead }).head;
        expect(head.rawHeaders).toEqual(regular(message.fields));
        expect([head.method, head.scheme, head.authority, head.path, head.protocol]).toEqual(
          [":method", ":scheme", ":authority", ":path", ":protocol"].map((one) =>
            pseudo(message.fields, one),
          ),
        );
      }),
      RUNS,
    );
    expect(passed).toBeGreaterThan(200);
  });

  test("H2-163 H2-198 responses, interim ones and trailers", () => {
    let passed = 0;
    const status = fc.constantFrom(100, 103, 199, 200, 204, 304, 404, 599);
    fc.assert(
      fc.property(status, headers, headers, (code, list, last) => {
        const isInterim = code < 200;
        const message = unlessRefused(() =>
          responseFields({ status: code, headers: list }, isInterim),
        );
        const trailers = unlessRefused(() => trailerFields(last));
        if (message === null || trailers === null || message.contentLength > 0) return;
        passed++;
        const { client, server } = pair();
        const id = client.sendRequest({ method: "GET", authority: "a", headers: [] });
        pass(client, server);
        if (isInterim) {
          server.sendInformational(id, { status: code, headers: list });
          server.sendResponse(id, { status: 200, headers: [] });
        } else server.sendResponse(id, { status: code, headers: list });
        if (code !== 204 && code !== 304) server.sendTrailers(id, last);
        const events = pass(server, client);
        const type = isInterim ? "informational" : "head";
        const found = events.find((event) => event.type === type);
        const { head } = found as { head: ResponseHead };
        expect([head.status, head.rawHeaders]).toEqual([code, regular(message.fields)]);
        expect(events.at(-1)).toMatchObject({ type: "end", streamId: id });
        const behind = events.find((event) => event.type === "trailers");
        if (behind !== undefined) expect(behind.trailers.rawHeaders).toEqual(trailers.fields);
      }),
      RUNS,
    );
    expect(passed).toBeGreaterThan(200);
  });

  test("H2-180 HP-030 names of secrets arrive as never-indexed", () => {
    const { client, server } = pair();
    const list = ["Authorization", "Bearer x", "cookie", "a=1", "cookie", "b".repeat(30), "x", "y"];
    client.sendRequest({ method: "GET", authority: "a", headers: list });
    const found = pass(client, server).find((event) => event.type === "head");
    const { head } = found as { head: RequestHead };
    expect(["authorization", "cookie", "x"].map((one) => head.isSensitive(one))).toEqual([
      ...[true, true, false],
    ]);
  });
});
