// Properties of the writer (S29): whatever strings come in, the outcome is a UsageError or exactly
// the lines that a writer of four lines gives; what goes out, our strict receiver reads back
// unchanged; and the code for hosts without Buffer gives what Buffer gives.

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  chunkHeader,
  writeChunk,
  writeRequestHead,
  writeResponse,
  writeResponseHead,
  writeTrailers,
} from "../../src/codec/h1-serialize.js";
import {
  contentLengthOf,
  encodeLatin1,
  encodePlain,
  utf8Length,
} from "../../src/codec/head-bytes.js";
import { UsageError } from "../../src/errors.js";
import { readPieces } from "../helpers/h1-drive.js";
import { ascii, errorOf, latin1, messagesOf } from "../helpers/h1-log.js";

/** Characters that decide: CTLs, separators, and wide ones whose low byte is CR, LF or NUL. */
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abcXYZ019-_;=,"/') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ..."\r\n\0\t :\x01\x1f\x7f\x80\xa0\xff\u010a\u010d\u0100\u20ac\ud800",
    ),
  },
);
/** Text that is good nearly always: a message has many parts, and one bad part refuses it. */
const good = fc.string({ unit: fc.constantFrom(..."abXY019-_;=/"), maxLength: 30 });
/** Longer than the memory that small messages share. */
const long = fc.integer({ min: 1000, max: 3000 }).map((count) => "b\t\xe9".repeat(count));
const text = fc.oneof(
  { weight: 40, arbitrary: good },
  { weight: 3, arbitrary: fc.string({ unit, maxLength: 40 }) },
  { weight: 1, arbitrary: long.map((middle) => `a${middle}b`) },
);
/** Names that stand for themselves: no rule but the grammar is about them. */
const name = fc.oneof(
  { weight: 40, arbitrary: good.map((rest) => `x-${rest.replace(/[;=/]/g, "")}`) },
  { weight: 10, arbitrary: fc.constantFrom("Accept", "set-cookie", "Vary", "cache-control") },
  { weight: 1, arbitrary: fc.string({ unit, maxLength: 8 }).map((rest) => `x${rest}`) },
);
const fields = fc.array(fc.tuple(name, text), { maxLength: 12 });

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The rule for values said in another way than the writer has it. */
function isValue(value: string): boolean {
  for (const character of value) {
    const code = character.codePointAt(0) as number;
    if (code > 0xff || code === 0x7f || (code < 0x20 && code !== 9)) return false;
  }
  return !/^[ \t]|[ \t]$/.test(value);
}

/** The slow, obvious writer; null: not allowed. */
function naive(start: string, pairs: readonly (readonly [string, string])[]): string | null {
  let out = `${start}\r\n`;
  for (const [name, value] of pairs) {
    if (!TOKEN.test(name) || !isValue(value)) return null;
    out += `${name}: ${value}\r\n`;
  }
  return `${out}\r\n`;
}

/** The bytes as text, or null for a UsageError; anything else that is thrown is a failure. */
function outcome(write: () => Uint8Array): string | null {
  try {
    return latin1(write());
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return null;
  }
}

test("S29 any headers: a UsageError, or exactly their lines", () => {
  fc.assert(
    fc.property(fields, fields, fc.integer({ min: 200, max: 599 }), (pairs, own, status) => {
      const expected = naive(`HTTP/1.1 ${status} x`, [...own, ...pairs]);
      const headers = pairs.flat();
      const parts = {
        status: status === 426 ? 427 : status,
        reason: "x",
        headers,
        extra: own.flat(),
      };
      const wanted = expected?.replace("426", "427") ?? null;
      expect(outcome(() => writeResponseHead(parts))).toBe(wanted);
    }),
    { numRuns: 2000 },
  );
});

test("S29 any trailers: a UsageError, or exactly their lines", () => {
  const allowed = fields.map((pairs) => pairs.filter(([name]) => /^x/.test(name)));
  fc.assert(
    fc.property(allowed, (pairs) => {
      expect(outcome(() => writeTrailers(pairs.flat()))).toBe(naive("0", pairs));
    }),
  );
});

test("S29 any method, target and reason: no line more than was asked for", () => {
  fc.assert(
    fc.property(text, text, text, (method, target, reason) => {
      const request = outcome(() => writeRequestHead({ method, target, headers: ["host", "a"] }));
      if (request !== null) expect(request).toBe(`${method} ${target} HTTP/1.1\r\nhost: a\r\n\r\n`);
      const response = outcome(() => writeResponseHead({ status: 200, reason, headers: [] }));
      expect(response).toBe(isValue(reason) ? `HTTP/1.1 200 ${reason}\r\n\r\n` : null);
    }),
  );
});

const host = fc.oneof(
  fc.constantFrom("a", "a.example:80", "[::1]:1", "[2001:db8::1.2.3.4]", "127.0.0.1"),
  fc.string({ unit: fc.constantFrom(..."aZ0.:[]-%2@,"), maxLength: 12 }),
);
const target = fc.oneof(
  fc
    .string({ unit: fc.constantFrom(..."/ab?&=%20:@;#*[]"), maxLength: 20 })
    .map((rest) => `/${rest}`),
  fc.constant("*"),
  fc
    .tuple(fc.constantFrom("http", "HTTPS", "x+y"), host)
    .map(([scheme, authority]) => `${scheme}://${authority}/p?q`),
  host,
);
/** Room for all that the arbitraries can make. */
const LIMITS = { statusLineLength: 16_384, fieldLineLength: 32_768, fieldSectionLength: 262_144 };
const method = fc.constantFrom("GET", "POST", "OPTIONS", "CONNECT", "HEAD", "frob", "PRI");

test("H1-142 whatever request is written, our strict receiver reads back the same", () => {
  let written = 0;
  fc.assert(
    fc.property(method, target, host, fields, (method, target, authority, pairs) => {
      const host = target.includes("://") ? (target.split("/")[2] as string) : authority;
      const headers = ["Host", host, ...pairs.flat()];
      const wire = outcome(() => writeRequestHead({ method, target, headers }));
      if (wire === null) return;
      written++;
      const events = readPieces("server", [ascii(wire)], { limits: LIMITS });
      expect(errorOf(events)).toBeUndefined();
      expect(messagesOf(events)).toMatchObject([
        { method, target, headers: [["Host", host], ...pairs] },
      ]);
    }),
    { numRuns: 2000 },
  );
  expect(written).toBeGreaterThan(200);
});

test("H1-142 whatever response is written, our strict receiver reads back the same", () => {
  let written = 0;
  fc.assert(
    fc.property(fields, text, fc.uint8Array({ maxLength: 300 }), (pairs, reason, content) => {
      const out: Uint8Array[] = [];
      const extra = ["content-length", String(content.length)];
      const parts = { status: 200, reason, headers: pairs.flat(), extra };
      try {
        writeResponse(parts, content, content.length, out);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        expect(out).toEqual([]);
        return;
      }
      written++;
      const events = readPieces("client", out, { limits: LIMITS });
      expect(errorOf(events)).toBeUndefined();
      expect(messagesOf(events)).toMatchObject([
        {
          status: 200,
          reason,
          headers: [["content-length", String(content.length)], ...pairs],
          body: latin1(content),
          complete: true,
        },
      ]);
    }),
    { numRuns: 1000 },
  );
  expect(written).toBeGreaterThan(100);
});

test("chunks of any data join to what a writer of one line gives", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 6 }), (pieces) => {
      const out: Uint8Array[] = [];
      let length = 0;
      for (const piece of pieces) length += writeChunk(piece, out);
      const wanted = pieces.filter((piece) => piece.length > 0);
      const wire = wanted
        .map((piece) => `${piece.length.toString(16)}\r\n${latin1(piece)}\r\n`)
        .join("");
      expect(out.map(latin1).join("")).toBe(wire);
      expect(length).toBe(wire.length);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (size) => {
      expect(latin1(chunkHeader(size))).toBe(`${size.toString(16)}\r\n`);
    }),
  );
});

test("the fast way to bytes gives what the careful one gives, or nothing", () => {
  const content = fc.option(fc.oneof(text, fc.uint8Array({ maxLength: 50 })));
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 80 }), content, (head, content) => {
      const length = content === null ? 0 : contentLengthOf(content);
      const controls = [...head].filter((character) => /[\0-\x1f\x7f]/.test(character)).length;
      const isPlain = /^[\0-\x7f]*$/.test(head) && controls % 2 === 0;
      const plain = encodePlain(head, Math.floor(controls / 2), content, length);
      expect(plain !== null).toBe(isPlain);
      if (plain === null) return;
      expect(Array.from(plain)).toEqual(Array.from(encodeLatin1(head, content, length)));
      if (controls > 0) expect(encodePlain(head, controls / 2 - 1, content, length)).toBeNull();
    }),
    { numRuns: 2000 },
  );
});

test("the fast way is not misled by a length of content that is wrong", () => {
  expect(encodePlain("\xe9\x1f", 0, "x", 2)).toBeNull();
  expect(encodePlain("aaaa\xe9\x1f--aaaa", 0, "x", 2)).toBeNull();
});

test("the fast way takes plain text of every length", () => {
  for (let length = 1; length < 100; length++) {
    const head = `${"a".repeat(length)}\r\n`;
    expect(latin1(encodePlain(head, 1, null, 0) ?? ascii("refused"))).toBe(head);
    expect(encodePlain(head.replace("\r", "a"), 1, null, 0)).toBeNull();
  }
});

test("lengths in UTF-8 are counted alike with and without Buffer, and as TextEncoder writes", () => {
  const any = fc.string({
    unit: fc.constantFrom(
      "a",
      "\x7f",
      "\x80",
      "\u07ff",
      "\u0800",
      "\uffff",
      "\ud83d",
      "\ude00",
      "\u{1f600}",
    ),
  });
  fc.assert(
    fc.property(any, (text) => {
      const { length } = new TextEncoder().encode(text);
      expect([contentLengthOf(text), utf8Length(text)]).toEqual([length, length]);
    }),
    { numRuns: 1000 },
  );
});
