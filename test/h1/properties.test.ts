// The five properties that every part of HTTP/1.1 has: cuts do not matter; nothing throws or traps on
// any bytes; the events are those of the naive oracle; what a connection sends its peer reads back; at a
// limit an input is accepted and above it refused.

import * as fc from "fast-check";
import { type ConnectionEvent, H1_LIMITS } from "tercet";
import {
  bytesOf,
  compareCuts,
  compareReceivers,
  feed,
  h1Arbitraries,
  type PlainEvent,
  type Receiver,
  textOf,
  violation,
} from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import {
  answeringServer,
  clientAfter,
  type Sent,
  silentServer,
  throughHandler,
} from "../helpers/cuts.js";
import { LIMIT_ROWS } from "../helpers/limit-rows.js";
import { meaning, messagesOf } from "../helpers/messages.js";
import { disagreement } from "../helpers/naive/compare.js";
import { decodeRequests } from "../helpers/naive/requests.js";
import { decodeResponses } from "../helpers/naive/responses.js";

const h1 = h1Arbitraries(fc);
const CUTS = { most: 40, randomCount: 3 };
/** The oracle knows no limits: these are out of the way of small inputs. */
const WIDE = { fieldCount: 2_000, trailerCount: 2_000, pipelineCount: 100_000 };

const anyBytes = fc.uint8Array({ maxLength: 300 });
const sent: fc.Arbitrary<Sent[]> = fc.array(
  fc.record({ method: fc.constantFrom("GET", "GET", "POST", "HEAD", "CONNECT") }),
  { maxLength: 3 },
);
const upgraded: fc.Arbitrary<Sent[]> = fc.constant([{ method: "GET", upgrade: true }]);
const requestBytes = fc.oneof(h1.broken("server"), anyBytes);
const responseBytes = fc.oneof(h1.broken("client"), anyBytes);
const asked = fc.oneof({ weight: 5, arbitrary: sent }, { weight: 1, arbitrary: upgraded });

function check(difference: string | null): void {
  if (difference !== null) throw new Error(difference);
}

describe("cuts do not matter", () => {
  test("requests", () => {
    fc.assert(
      fc.property(requestBytes, (bytes) => {
        check(compareCuts(() => silentServer(), bytes, CUTS));
        check(
          compareCuts(() => silentServer({ handOverPreface: true }), bytes, { ...CUTS, most: 8 }),
        );
      }),
    );
  });
  test("requests that are answered at once", () => {
    fc.assert(
      fc.property(requestBytes, (bytes) => {
        check(compareCuts(() => answeringServer(), bytes, CUTS));
      }),
    );
  });
  test("responses, and the end of the connection", () => {
    fc.assert(
      fc.property(responseBytes, asked, fc.boolean(), (bytes, requests, end) => {
        check(compareCuts(() => clientAfter(requests), bytes, { ...CUTS, end }));
      }),
    );
  });
  test("chunks when they are observed", () => {
    fc.assert(
      fc.property(h1.request, h1.edits(), (request, _edits) => {
        check(compareCuts(() => silentServer({ observe: true }), request.bytes, CUTS));
      }),
    );
  });
});

describe("nothing throws or traps, and events keep their order", () => {
  const run = (receiver: Receiver, role: "server" | "client", bytes: Uint8Array): PlainEvent[] => {
    const events = feed(receiver, [bytes], { end: true });
    check(violation(events, { role, length: bytes.length }));
    for (const event of events) {
      if (event.type === "error") expect(event.code).not.toBe("H1_ENGINE_TRAP");
    }
    return events;
  };

  test("a server", () => {
    fc.assert(
      fc.property(requestBytes, (bytes) => {
        run(silentServer(), "server", bytes);
        run(answeringServer(), "server", bytes);
      }),
      { numRuns: 1_000 },
    );
  });
  test("a client", () => {
    fc.assert(
      fc.property(responseBytes, asked, (bytes, requests) => {
        run(clientAfter(requests), "client", bytes);
      }),
      { numRuns: 1_000 },
    );
  });
  test("with every leniency", () => {
    const all = (direction: "requests" | "responses") => ({ lenient: lenientAll(direction) });
    fc.assert(
      fc.property(requestBytes, responseBytes, (requests, responses) => {
        check(
          compareCuts(() => silentServer(all("requests")), requests, { most: 10, randomCount: 2 }),
        );
        check(
          compareCuts(() => clientAfter([{ method: "GET" }], all("responses")), responses, {
            most: 10,
            randomCount: 2,
          }),
        );
        run(silentServer(all("requests")), "server", requests);
        run(clientAfter([{ method: "GET" }], all("responses")), "client", responses);
      }),
    );
  });
  test("a failed connection stays silent", () => {
    fc.assert(
      fc.property(requestBytes, anyBytes, (bytes, more) => {
        const server = silentServer();
        server.receive(bytes);
        fc.pre(server.state === "failed");
        server.take();
        expect(server.receive(more)).toEqual([]);
        expect(server.receiveEnd()).toEqual([]);
        expect(server.state).toBe("failed");
        expect(server.take()).toEqual([]);
      }),
    );
  });
  test("a handler gets what the events say", () => {
    fc.assert(
      fc.property(requestBytes, responseBytes, asked, (requests, responses, before) => {
        check(compareReceivers(silentServer(), throughHandler(silentServer()), requests));
        check(
          compareReceivers(clientAfter(before), throughHandler(clientAfter(before)), responses),
        );
      }),
      { numRuns: 300 },
    );
  });
});

function lenientAll(direction: "requests" | "responses") {
  const names = {
    requests:
      "bareLf obsFold repeatedContentLength transferEncodingOverContentLength controlsInValue looseTarget spacesInRequestLine http10TransferEncoding hostUnchecked whitespaceBeforeFirstField bareCrAsSpace nulAsSpace userinfo dataAfterClose",
    responses:
      "bareLf missingReasonSpace spaceBeforeColon repeatedContentLength transferEncodingOverContentLength controlsInValue anyStatusCode http10TransferEncoding whitespaceBeforeFirstField spaceAfterChunkSize bareCrAsSpace nulAsSpace emptyLinesBeforeStatus dataAfterClose",
  };
  return {
    [direction]: Object.fromEntries(names[direction].split(" ").map((name) => [name, true])),
  };
}

describe("the same as the naive oracle", () => {
  test("requests", () => {
    fc.assert(
      fc.property(requestBytes, (bytes) => {
        const got = feed(silentServer({ limits: WIDE, handOverPreface: true }), [bytes]);
        check(disagreement(got, textOf(bytes), decodeRequests));
      }),
      { numRuns: 3_000 },
    );
  });
  test("responses", () => {
    fc.assert(
      fc.property(responseBytes, asked, (bytes, requests) => {
        const got = feed(clientAfter(requests, { limits: WIDE }), [bytes]);
        check(disagreement(got, textOf(bytes), (text) => decodeResponses(text, requests)));
      }),
      { numRuns: 3_000 },
    );
  });
  test("chunked bodies", () => {
    const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const bodies = fc
      .tuple(h1.chunkedBody, fc.option(h1.edits(), { nil: [] }))
      .map(([body, edits]) => [body.bytes, edits] as const);
    fc.assert(
      fc.property(bodies, fc.array(h1.edits(), { maxLength: 1 }), ([bytes], _more) => {
        const text = head + textOf(bytes);
        const got = feed(silentServer({ limits: WIDE, handOverPreface: true }), [bytesOf(text)]);
        check(disagreement(got, text, decodeRequests));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("valid messages are read as they were meant", () => {
  test("pipelined requests", () => {
    fc.assert(
      fc.property(h1.pipeline, (requests) => {
        const events = feed(
          silentServer(),
          requests.map((request) => request.bytes),
        );
        expect(messagesOf(events)).toEqual(requests.map(meaning));
      }),
      { numRuns: 1_000 },
    );
  });
  test("responses", () => {
    fc.assert(
      fc.property(h1.response, (response) => {
        const events = feed(clientAfter([{ method: "GET" }]), [response.bytes], {
          end: response.untilClose,
        });
        expect(messagesOf(events)).toEqual([meaning(response)]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("what a connection sends its strict peer reads back", () => {
  /** Content to send: none, one piece with a length, or pieces in chunks with trailers. */
  const content = fc.oneof(
    fc.constant({ body: "none" as const, pieces: [] as Uint8Array[], trailers: [] as string[] }),
    fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => ({ body: bytes.length, pieces: [bytes], trailers: [] as string[] })),
    fc.record({
      body: fc.constant("chunked" as const),
      pieces: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }),
      trailers: fc
        .array(fc.tuple(fc.constantFrom("x-a", "X-Sum"), h1.fieldValue), { maxLength: 2 })
        .map((all) => all.flat()),
    }),
  );
  const headers = h1.fields.map((all) =>
    all.map(([name, value]) => [`x-${name}`, value] as [string, string]),
  );

  /** Sends the content on an exchange whose head is on its way. */
  function sendContent(
    from: H1Connection,
    streamId: number,
    { body, pieces, trailers }: Content,
  ): void {
    if (body === "none") return;
    for (const piece of pieces) from.sendData(streamId, piece);
    if (trailers.length > 0) from.sendTrailers(streamId, trailers);
    else from.sendEnd(streamId);
  }
  type Content = { body: "none" | "chunked" | number; pieces: Uint8Array[]; trailers: string[] };

  const bodyOf = ({ pieces }: Content) => pieces.map(textOf).join("");
  const own = (list: readonly string[], names: readonly string[]): string[] => {
    const out: string[] = [];
    for (let at = 0; at < list.length; at += 2) {
      if (!names.includes((list[at] ?? "").toLowerCase()))
        out.push(list[at] ?? "", list[at + 1] ?? "");
    }
    return out;
  };
  const OURS = ["host", "content-length", "transfer-encoding", "connection"];

  test("requests", () => {
    const method = fc.oneof(
      fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"),
      h1.token.filter((word) => !["PRI", "CONNECT", "OPTIONS", "TRACE"].includes(word)),
    );
    const request = fc.record({
      method,
      path: h1.originTarget,
      authority: h1.host,
      headers,
      content,
    });
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 3 }), (requests) => {
        const client = new H1Connection({ role: "client" });
        for (const { content: one, ...head } of requests) {
          const streamId = client.sendRequest({ ...head, body: one.body });
          sendContent(client, streamId, one);
        }
        const events = feed(silentServer(), client.take());
        expect(
          messagesOf(events).map((message) => ({
            ...message,
            headers: own(message.headers, OURS),
          })),
        ).toEqual(
          requests.map((one) => ({
            start: `${one.method} ${one.path} 1.1`,
            headers: one.headers.flat(),
            body: bodyOf(one.content),
            trailers: one.content.trailers,
            complete: true,
          })),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("responses", () => {
    const status = fc
      .oneof(fc.constantFrom(200, 404), fc.integer({ min: 200, max: 599 }))
      .filter((code) => ![204, 205, 304, 426].includes(code));
    const reason = h1.fieldValue.filter((text) => text !== "");
    const response = fc.record({ status, reason, headers, content });
    fc.assert(
      fc.property(
        fc.array(response, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (responses, reverse) => {
          const server = silentServer();
          const client = clientAfter(responses.map(() => ({ method: "GET" })));
          server.receive(bytesOf("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(responses.length)));
          const order = responses.map((one, at) => [at + 1, one] as const);
          if (reverse) order.reverse();
          for (const [streamId, { content: one, ...head }] of order) {
            server.sendResponse(streamId, { ...head, body: one.body });
            sendContent(server, streamId, one);
          }
          const events = feed(client, server.take());
          expect(
            messagesOf(events).map((message) => ({
              ...message,
              headers: own(message.headers, OURS),
            })),
          ).toEqual(
            responses.map((one) => ({
              start: `${one.status} ${one.reason} 1.1`,
              headers: one.headers.flat(),
              body: bodyOf(one.content),
              trailers: one.content.trailers,
              complete: true,
            })),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("limits", () => {
  test.each(LIMIT_ROWS.map((row) => [`${row.limit}: ${row.counts}`, row] as const))(
    "%s",
    (_name, row) => {
      const read = (amount: number, value: number): PlainEvent | undefined => {
        const options = { limits: { ...row.others, [row.limit]: value } };
        const receiver =
          row.role === "server" ? silentServer(options) : clientAfter([{ method: "GET" }], options);
        return feed(receiver, [bytesOf(row.wire(amount))]).at(-1);
      };
      const standard = H1_LIMITS[row.limit].default;
      const max = Math.min(Number.isFinite(standard) ? standard : 2_000, 2_000);
      fc.assert(
        fc.property(
          fc.integer({ min: row.small, max: Math.max(row.small, max) }),
          fc.integer({ min: 1, max: 50 }),
          (value, over) => {
            expect(read(value, value)?.type).not.toBe("error");
            expect(read(value + over, value)).toMatchObject({
              code: row.code,
              offset: row.offset(value, value + over),
            });
          },
        ),
        { numRuns: 30 },
      );
    },
  );
});

test("a handler and events may be mixed on one connection", () => {
  const server = silentServer();
  const seen: string[] = [];
  server.receive(bytesOf("GET /a HTTP/1.1\r\nHo"), {
    head: (streamId) => void seen.push(`head ${streamId}`),
  });
  const events: ConnectionEvent[] = server.receive(bytesOf("st: a\r\n\r\nGET /b HTTP/1.1\r\n"));
  server.receive(bytesOf("Host: a\r\n\r\n"), {
    head: (streamId) => void seen.push(`head ${streamId}`),
  });
  expect(events.map((event) => event.type)).toEqual(["head", "end"]);
  expect(seen).toEqual(["head 2"]);
});
