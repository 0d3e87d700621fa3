// fast-check arbitraries for HTTP/1.1: valid requests, responses and chunked bodies together with what a
// strict receiver must read from them, and edited bytes that may be anything. The module fast-check is
// an argument: it is an optional peer, and this file must load without it.

import type * as FastCheck from "fast-check";
import { type Edit, edited, H1_TOKENS } from "../edits.js";
import { concat } from "../latin1.js";
import { chunkedBody, contents } from "./content.js";
import { editsOf, type Fc } from "./edits.js";
import { words } from "./grammar.js";
import { requests, responses } from "./messages.js";

/** A valid request and its meaning. All strings are latin1. */
export interface GeneratedRequest {
  readonly bytes: Uint8Array;
  readonly method: string;
  readonly target: string;
  readonly httpVersion: "1.0" | "1.1";
  /** Flat list, wire order, values without their surrounding whitespace. */
  readonly headers: readonly string[];
  readonly body: string;
  /** Trailer fields, flat; null where the body is not chunked. */
  readonly trailers: readonly string[] | null;
  /** Whether another request may follow on the connection (RFC 9112 section 9.3). */
  readonly persistent: boolean;
}

/** A valid response to a GET and its meaning. */
export interface GeneratedResponse {
  readonly bytes: Uint8Array;
  readonly status: number;
  readonly reason: string;
  readonly httpVersion: "1.0" | "1.1";
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[] | null;
  readonly persistent: boolean;
  /** The content goes on until the connection closes. */
  readonly untilClose: boolean;
}

/** What `h1Arbitraries` gives. */
export interface H1Arbitraries {
  /** RFC 9110 section 5.6.2. */
  readonly token: FastCheck.Arbitrary<string>;
  /** Without surrounding whitespace; may be empty. */
  readonly fieldValue: FastCheck.Arbitrary<string>;
  /** Fields that mean nothing to framing or persistence. */
  readonly fields: FastCheck.Arbitrary<readonly (readonly [name: string, value: string])[]>;
  /** uri-host [ ":" port ], RFC 9110 section 7.2. */
  readonly host: FastCheck.Arbitrary<string>;
  /** RFC 9112 section 3.2.1. */
  readonly originTarget: FastCheck.Arbitrary<string>;
  readonly request: FastCheck.Arbitrary<GeneratedRequest>;
  readonly response: FastCheck.Arbitrary<GeneratedResponse>;
  /** A chunked body on the wire, with what it carries. */
  readonly chunkedBody: FastCheck.Arbitrary<{
    readonly bytes: Uint8Array;
    readonly body: string;
    readonly trailers: readonly string[];
  }>;
  /** Requests that follow each other; only the last one may close the connection. */
  readonly pipeline: FastCheck.Arbitrary<readonly GeneratedRequest[]>;
  /** Edits that may break anything. `others` are inputs to splice in. */
  edits(others?: readonly Uint8Array[]): FastCheck.Arbitrary<readonly Edit[]>;
  /** Bytes near to valid ones: seeds and generated messages after a few edits. */
  broken(role: "server" | "client", seeds?: readonly Uint8Array[]): FastCheck.Arbitrary<Uint8Array>;
}

/**
 * Arbitraries for HTTP/1.1. Pass the module: `h1Arbitraries(fc)` after `import * as fc from "fast-check"`.
 */
export function h1Arbitraries(fc: Fc): H1Arbitraries {
  const w = words(fc);
  const bodies = chunkedBody(fc, w);
  const kinds = contents(fc, bodies);
  const request = requests(fc, w, kinds);
  const response = responses(fc, w, kinds);
  const pipeline = fc
    .array(request, { minLength: 1, maxLength: 4 })
    .map((all) => all.filter((one, at) => one.persistent || at === all.length - 1));
  const edits = (others: readonly Uint8Array[] = []) => editsOf(fc, H1_TOKENS, others);
  const joined = (role: "server" | "client") =>
    role === "server"
      ? pipeline.map((all) => concat(all.map((one) => one.bytes)))
      : fc
          .array(response, { minLength: 1, maxLength: 3 })
          .map((all) => concat(all.map((one) => one.bytes)));
  return {
    token: w.token,
    fieldValue: w.fieldValue,
    fields: w.fields,
    host: w.host,
    originTarget: w.originTarget,
    request,
    response,
    chunkedBody: bodies,
    pipeline,
    edits,
    broken(role, seeds = []) {
      const base =
        seeds.length === 0 ? joined(role) : fc.oneof(joined(role), fc.constantFrom(...seeds));
      return fc.tuple(base, edits(seeds)).map(([bytes, list]) => edited(bytes, list));
    },
  };
}
