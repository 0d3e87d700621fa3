// Contents of messages as arbitraries: none, with a length, and chunked with extensions and trailers
// (RFC 9112 sections 6 and 7.1), each on the wire and as what it means.

import { bytesOf, concat, textOf } from "../latin1.js";
import type { Arb, Fc } from "./edits.js";
import { type Field, flat, lines, type Words } from "./grammar.js";
import type { H1Arbitraries } from "./index.js";

/** Chunked bodies. */
export function chunkedBody(fc: Fc, w: Words): H1Arbitraries["chunkedBody"] {
  const quoted = fc
    .array(fc.constantFrom("a", " ", "\t", ";", "=", ",", '\\"', "\\\\", "\xff", "[", "]"), {
      maxLength: 6,
    })
    .map((parts) => `"${parts.join("")}"`);
  const bws = w.text(" \t", 0, 2);
  const value = fc
    .tuple(bws, bws, fc.oneof(w.token, quoted))
    .map(([before, after, part]) => `${before}=${after}${part}`);
  const extension = fc
    .tuple(bws, bws, w.token, fc.option(value, { nil: "" }))
    .map(([before, after, name, part]) => `${before};${after}${name}${part}`);
  const extensions = fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.array(extension, { maxLength: 3 }).map((parts) => parts.join("")) },
  );
  const size = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean());
  const data = fc.oneof(
    { weight: 8, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 40 }) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 200, maxLength: 600 }) },
  );
  const chunk = fc.tuple(data, size, extensions);
  const last = fc.tuple(fc.integer({ min: 1, max: 4 }), extensions);
  const owses = fc.array(w.ows, { minLength: 1, maxLength: 6 });
  return fc
    .tuple(fc.array(chunk, { maxLength: 5 }), last, w.fields, owses)
    .map(([chunks, [zeros, lastExtensions], trailers, ows]) => ({
      bytes: concat([
        ...chunks.flatMap(([bytes, [padding, upper], extras]) => {
          const hex = bytes.length.toString(16);
          const digits = "0".repeat(padding) + (upper ? hex.toUpperCase() : hex);
          return [bytesOf(`${digits}${extras}\r\n`), bytes, bytesOf("\r\n")];
        }),
        bytesOf(`${"0".repeat(zeros)}${lastExtensions}\r\n${lines(trailers, ows)}\r\n`),
      ]),
      body: textOf(concat(chunks.map(([bytes]) => bytes))),
      trailers: flat(trailers),
    }));
}

/** How a message's content is delimited: its framing fields, its wire form and its meaning. */
export interface Content {
  readonly fields: readonly Field[];
  readonly bytes: Uint8Array;
  readonly body: string;
  readonly trailers: readonly string[] | null;
}

/** No content, and no field about it. */
export const NO_CONTENT: Content = {
  fields: [],
  bytes: new Uint8Array(0),
  body: "",
  trailers: null,
};

/** Contents with a length, and chunked ones. */
export function contents(
  fc: Fc,
  bodies: H1Arbitraries["chunkedBody"],
): Record<"length" | "chunked", Arb<Content>> {
  const name = (text: string) => fc.constantFrom(text, text.toLowerCase(), text.toUpperCase());
  const length = fc
    .tuple(
      name("Content-Length"),
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(
      ([field, bytes, zeros]): Content => ({
        fields: [[field, "0".repeat(zeros) + bytes.length]],
        bytes,
        body: textOf(bytes),
        trailers: null,
      }),
    );
  const coding = fc.constantFrom(
    "chunked",
    "Chunked",
    "gzip, chunked",
    ",chunked",
    "chunked ,",
    'x;a="b,c" , chunked',
  );
  const chunked = fc.tuple(name("Transfer-Encoding"), coding, bodies).map(
    ([field, value, { bytes, body, trailers }]): Content => ({
      fields: [[field, value]],
      bytes,
      body,
      trailers,
    }),
  );
  return { length, chunked };
}
