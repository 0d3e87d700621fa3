// Valid messages by fast-check, for the differential suite: only what every parser of it knows, so that all must agree.
// A message is made with what it means, so that the parsers can be compared with the intention, too.

import fc from "fast-check";
import type { SeenMessage } from "./outcome.js";

/** A message on the wire and what it says. */
export interface Made {
  wire: string;
  meaning: SeenMessage;
}

const TOKEN_CHARS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PATH_CHARS = "abcXYZ019-._~!$&'()*+,;=:@/%";
/** Names that frame, route or switch, and those with a meaning to one of the parsers, are not drawn at random. */
const RESERVED =
  /^(host|content-length|transfer-encoding|connection|upgrade|expect|te|trailer|proxy-connection|keep-alive)$/i;

const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARS), minLength: 1, maxLength: 20 });
const fieldName = token.filter((name) => !RESERVED.test(name));
const octet = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0x21, max: 0x7e }) },
  { weight: 2, arbitrary: fc.constantFrom(0x20, 0x09) },
  { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xff }) },
);
const fieldValue = fc
  .array(octet, { maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes).replace(/^[ \t]+|[ \t]+$/g, ""));
const space = fc.constantFrom("", " ", "\t", "  ", " \t ");
const body = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 200 })
  .map((codes) => String.fromCharCode(...codes));

const target = fc
  .string({ unit: fc.constantFrom(...PATH_CHARS), maxLength: 30 })
  .map((path) => `/${path.replace(/%/g, "%2F")}`);

/** A field line and the pair it stands for. */
const field = fc
  .tuple(fieldName, space, fieldValue, space)
  .map(([name, before, value, behind]) => ({
    line: `${name}:${before}${value}${value === "" ? "" : behind}\r\n`,
    pair: [name, value],
  }));
const fields = fc.array(field, { maxLength: 8 });

/** The body on the wire, the field that frames it, and its trailers. */
const framed = fc.oneof(
  body.map((text) => ({
    line: `Content-Length: ${text.length}\r\n`,
    wire: text,
    text,
    trailers: [] as string[],
  })),
  fc
    .tuple(
      fc.array(
        body.filter((text) => text !== ""),
        { maxLength: 4 },
      ),
      fields,
      fc.boolean(),
    )
    .map(([chunks, trailers, upper]) => {
      const size = (text: string) =>
        upper ? text.length.toString(16).toUpperCase() : `0${text.length.toString(16)}`;
      const wire = chunks.map((text) => `${size(text)}\r\n${text}\r\n`).join("");
      return {
        line: "Transfer-Encoding: chunked\r\n",
        wire: `${wire}0\r\n${trailers.map((one) => one.line).join("")}\r\n`,
        text: chunks.join(""),
        trailers: trailers.flatMap((one) => one.pair),
      };
    }),
);

const BODY_METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "M-SEARCH"];

/** A request that is complete and keeps its connection. */
export const madeRequest: fc.Arbitrary<Made> = fc
  .record({ method: fc.constantFrom(...BODY_METHODS), target, fields, framed: fc.option(framed) })
  .map(({ method, target: text, fields: list, framed: content }) => {
    const headers = [
      "Host",
      "a.test:80",
      ...list.flatMap((one) => one.pair),
      ...pairOf(content?.line),
    ];
    const lines = `Host: a.test:80\r\n${list.map((one) => one.line).join("")}${content?.line ?? ""}`;
    return {
      wire: `${method} ${text} HTTP/1.1\r\n${lines}\r\n${content?.wire ?? ""}`,
      meaning: complete(method, text, headers, content),
    };
  });

/** A response to GET that is complete and keeps its connection. */
export const madeResponse: fc.Arbitrary<Made> = fc
  .record({
    status: fc.constantFrom(200, 201, 206, 301, 404, 418, 500, 599),
    reason: fieldValue,
    fields,
    framed,
  })
  .map(({ status, reason, fields: list, framed: content }) => {
    const headers = [...list.flatMap((one) => one.pair), ...pairOf(content.line)];
    return {
      wire: `HTTP/1.1 ${status} ${reason}\r\n${list.map((one) => one.line).join("")}${content.line}\r\n${content.wire}`,
      meaning: complete(status, reason, headers, content),
    };
  });

function pairOf(line: string | undefined): string[] {
  return line === undefined ? [] : line.trimEnd().split(": ");
}

function complete(
  start: string | number,
  text: string,
  headers: string[],
  content: { text: string; trailers: string[] } | null,
): SeenMessage {
  return {
    start,
    text,
    version: "1.1",
    headers,
    body: content?.text ?? "",
    trailers: content?.trailers ?? [],
    complete: true,
  };
}
