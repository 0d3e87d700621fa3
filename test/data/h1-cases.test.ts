// The 146 cases of h1-cases.json: A must be accepted, R refused, M is a choice, and ours is `recommended` but for the
// rows in OUR_CHOICE. Every case at every cut and byte by byte.

import { expect, test } from "vitest";
import { GET, HEAD, type ReadOptions, readAll, requestsFor } from "../helpers/h1-drive.js";
import { errorOf, messagesOf, tunnelOf } from "../helpers/h1-log.js";
import { dataJson, describeData } from "./data-folder.js";

interface Case {
  id: string;
  role: "request" | "response";
  inputB64: string;
  exp: "A" | "R" | "M";
  recommended: "A" | "R";
  /** Complete messages; where R is only recommended, those of who accepts. */
  messages: number;
  bodies?: string[];
  /** The response answers a HEAD. */
  head?: boolean;
  /** false: the peer has not closed. */
  eof?: boolean;
  upgrade?: boolean;
}

/** Where the strict rows of h1-adversarial.json decide otherwise than `recommended`. */
const OUR_CHOICE: Record<string, { verdict: "A" | "R"; why: string }> = {
  "TE-15 chunked,": {
    verdict: "A",
    why: "RFC 9110 section 5.6.1.2: empty list elements must be accepted",
  },
  "TE-30 chunked,,": {
    verdict: "A",
    why: "RFC 9110 section 5.6.1.2: empty list elements must be accepted",
  },
  "TRAIL-03 TE trailer": {
    verdict: "A",
    why: "RFC 9110 section 6.5.1: trailers stay apart and frame nothing",
  },
  "TRAIL-12 Host trailer": {
    verdict: "A",
    why: "RFC 9110 section 6.5.1: trailers stay apart and route nothing",
  },
  "RESP-10 999": {
    verdict: "R",
    why: "RFC 9110 section 15: codes are 100 to 599; the leniency anyStatusCode reads others",
  },
};

function optionsOf(row: Case, bytes: Uint8Array): ReadOptions {
  const end = row.eof !== false;
  if (row.role === "request") return { end };
  return { sent: requestsFor(bytes, row.head ? HEAD : GET), end };
}

describeData("h1-cases", () => {
  const cases = dataJson<Case[]>("h1-cases.json");

  test("the choices of our own name cases", () => {
    const ids = new Set(cases.filter((row) => row.exp === "M").map((row) => row.id));
    expect(Object.keys(OUR_CHOICE).filter((id) => !ids.has(id))).toEqual([]);
  });

  test.each(cases.map((row) => [row.id, row] as const))("%s", (_id, row) => {
    const bytes = new Uint8Array(Buffer.from(row.inputB64, "base64"));
    const verdict = row.exp === "M" ? (OUR_CHOICE[row.id]?.verdict ?? row.recommended) : row.exp;
    const events = readAll(
      row.role === "request" ? "server" : "client",
      bytes,
      optionsOf(row, bytes),
    );
    const complete = messagesOf(events).filter((message) => message.complete);
    expect(errorOf(events)?.code === undefined ? "A" : "R", errorOf(events)?.code).toBe(verdict);
    if (verdict === "A" || row.exp === "R") expect(complete).toHaveLength(row.messages);
    if (verdict === "A" && row.bodies !== undefined) {
      expect(complete.map((message) => message.body)).toEqual(row.bodies);
    }
    expect(tunnelOf(events) !== "").toBe(row.upgrade === true && verdict === "A");
  });
});
