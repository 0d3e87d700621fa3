// The 148 cases of llhttp's own tests: equal to ours, but for the differences listed in llhttp-differences.ts, each with
// its reason and our outcome. Host is not checked here (llhttp leaves that to its users, and most cases have none);
// llhttp's lenient modes map to ours where we have them. Every case at every cut and byte by byte.

import type { ConnectionEvent, LenientOption } from "tercet";
import { describe, expect, test } from "vitest";
import {
  feed,
  type ReadOptions,
  readAll,
  reader,
  requestsFor,
  UPGRADE,
} from "../helpers/h1-drive.js";
import { errorOf, type Message, messagesOf, tunnelOf } from "../helpers/h1-log.js";
import { dataJson, describeData } from "./data-folder.js";
import { DIFFERENCES } from "./llhttp-differences.js";

interface TheirMessage {
  method: string | null;
  url: string;
  statusCode: number | null;
  headers: [string, string][];
  trailers: [string, string][];
  /** Hex. */
  body: string;
  /** Offset of the end of the head; null where it did not come. */
  headersComplete: number | null;
  complete: number | null;
}

interface Case {
  id: string;
  kind: "request" | "response" | "url";
  inputHex: string;
  /** Lenient mode of llhttp, or null. */
  lenient: string | null;
  /** The end of the stream is part of the case. */
  finish: boolean;
  verdict: "accept" | "reject" | "upgrade";
  /** `off` of an upgrade: where what is not HTTP begins. */
  error: { name: string; off: number } | null;
  messages?: TheirMessage[];
  url?: { schema?: string; host?: string; path?: string; query?: string; fragment?: string };
}

/** Our leniencies for llhttp's modes. Modes that are not here have none: their cases are differences. */
const MODES: Record<string, Exclude<LenientOption, "browser">> = {
  headers: { requests: { obsFold: true, controlsInValue: true } },
  "header-value-relaxed": { requests: { controlsInValue: true } },
  "chunked-length": { requests: { transferEncodingOverContentLength: true } },
  "optional-cr-before-lf": { requests: { bareLf: true }, responses: { bareLf: true } },
  "data-after-close": { responses: { dataAfterClose: true } },
  all: { requests: { bareLf: true }, responses: { bareLf: true } },
};

const bytesOf = (row: Case) => new Uint8Array(Buffer.from(row.inputHex, "hex"));

function optionsOf(row: Case): ReadOptions {
  const { requests, responses } = MODES[row.lenient ?? ""] ?? {};
  const lenient = {
    requests: { ...requests, hostUnchecked: true },
    ...(responses ? { responses } : {}),
  };
  // An end needs as many requests as there are responses; else there are enough.
  const many = row.finish ? requestsFor(bytesOf(row), UPGRADE) : [UPGRADE, UPGRADE, UPGRADE];
  const sent = row.kind === "response" ? { sent: many } : {};
  return { lenient, ...sent, end: row.finish };
}

/** What is compared: the verdict, the messages, and where an upgrade begins. */
function ours(row: Case, events: readonly ConnectionEvent[]) {
  const messages = messagesOf(events);
  const rest = row.kind === "request" ? heldBy(row) : tunnelOf(events).length;
  const isUpgrade = rest !== undefined && (rest > 0 || messages.at(-1)?.status === 101);
  const stops = row.kind === "request" ? waits(row) : isUpgrade;
  const verdict = errorOf(events) !== undefined ? "reject" : stops ? "upgrade" : "accept";
  return compared(verdict, verdict === "upgrade" ? rest : null, messages.map(shape));
}

/** Whether the server waits for an answer that decides, and how much it holds back. */
function heldBy(row: Case): number {
  const server = reader("server", optionsOf(row));
  feed(server, [bytesOf(row)]);
  return server.heldAmount;
}

function waits(row: Case): boolean {
  const server = reader("server", optionsOf(row));
  feed(server, [bytesOf(row)]);
  return server.paused;
}

function theirs(row: Case) {
  const heads = (row.messages ?? []).filter((message) => message.headersComplete !== null);
  const rest = row.verdict === "upgrade" ? bytesOf(row).length - (row.error?.off ?? 0) : null;
  return compared(row.verdict, rest, heads.map(theirShape));
}

/** Of a refused input only the complete messages count: llhttp tells heads before it has judged them. */
function compared(verdict: string, rest: number | null, messages: ReturnType<typeof shape>[]) {
  return {
    verdict,
    rest,
    messages: verdict === "reject" ? messages.filter((one) => one.complete) : messages,
  };
}

function shape({ method, target, status, headers, trailers, body, complete }: Message) {
  return { start: method ?? status, text: target ?? "", headers, trailers, body, complete };
}

/** llhttp leaves whitespace behind a value to its user, who must remove it. */
const trimmed = (fields: readonly [string, string][]) =>
  fields.map(([name, value]): [string, string] => [name, value.replace(/[ \t]+$/, "")]);

function theirShape(message: TheirMessage): ReturnType<typeof shape> {
  return {
    start: message.method ?? message.statusCode,
    text: message.url ?? "",
    headers: trimmed(message.headers),
    trailers: trimmed(message.trailers),
    body: Buffer.from(message.body, "hex").toString("latin1"),
    complete: message.complete !== null,
  };
}

describeData("llhttp-cases", () => {
  const cases = dataJson<Case[]>("llhttp-cases.json");
  const messages = cases.filter((row) => row.kind !== "url");

  test("the differences name cases", () => {
    const ids = new Set(cases.map((row) => row.id));
    expect(Object.keys(DIFFERENCES).filter((id) => !ids.has(id))).toEqual([]);
  });

  describe("messages", () => {
    test.each(messages.map((row) => [row.id, row] as const))("%s", (id, row) => {
      const events = readAll(
        row.kind === "request" ? "server" : "client",
        bytesOf(row),
        optionsOf(row),
      );
      const difference = DIFFERENCES[id];
      if (difference === undefined) {
        expect(ours(row, events), errorOf(events)?.message).toEqual(theirs(row));
        return;
      }
      expect(ours(row, events), difference.why).not.toEqual(theirs(row));
      expect(errorOf(events)?.code ?? "accepted").toBe(difference.ours);
    });
  });

  describe("targets", () => {
    test.each(cases.filter((row) => row.kind === "url").map((row) => [row.id, row] as const))(
      "%s",
      (id, row) => {
        const target = Buffer.from(row.inputHex, "hex").toString("latin1");
        const events = readAll("server", `GET ${target} HTTP/1.1\r\n\r\n`, optionsOf(row));
        const difference = DIFFERENCES[id];
        const outcome = errorOf(events)?.code ?? "accepted";
        if (difference !== undefined) {
          expect(outcome, difference.why).toBe(difference.ours);
          return;
        }
        expect(outcome === "accepted" ? "accept" : "reject").toBe(row.verdict);
        const head = events.find((event) => event.type === "head")?.head;
        if (head === undefined || !("method" in head)) return;
        const { schema = null, host = null, path = "", query } = row.url ?? {};
        const full = query === undefined ? path : `${path}?${query}`;
        expect([head.scheme, head.authority, head.path]).toEqual([schema, host, full]);
      },
    );
  });
});
