// What an application may be talked into sending over HTTP/2 or HTTP/3 (H2-S33 and H3-S33, outbound): every row
// is one command with a value that would become something else behind the next hop. A connection refuses it
// by a UsageError before a byte leaves (RFC 9113 section 8.2.1 and 10.3, RFC 9114 section 10.3).

import type { HeaderList } from "../index.js";

/** A command that must be refused. */
export type MessageInjection = { readonly name: string } & (
  | {
      readonly command: "sendRequest";
      readonly head: {
        readonly method: string;
        readonly path?: string;
        readonly authority?: string;
        readonly scheme?: string;
        readonly headers: HeaderList;
      };
    }
  | {
      readonly command: "sendResponse" | "sendInformational";
      readonly head: { readonly status: number; readonly headers: HeaderList };
    }
  | { readonly command: "sendTrailers"; readonly headers: HeaderList }
);

type RequestRow = Extract<MessageInjection, { command: "sendRequest" }>["head"];

/** Ends of a line, a value or a name to somebody. */
const BREAKS = ["\r\nx: y", "\nx: y", "\rx: y", "\0", "\u010d\u010ax: y"];
const GET: RequestRow = { method: "GET", path: "/", authority: "a", scheme: "https", headers: [] };

const row = (name: string, change: Partial<RequestRow>): MessageInjection => ({
  name,
  command: "sendRequest",
  head: { ...GET, ...change },
});

const answer = (name: string, headers: HeaderList, status = 200): MessageInjection => ({
  name,
  command: status < 200 ? "sendInformational" : "sendResponse",
  head: { status, headers },
});

const trailers = (name: string, headers: HeaderList): MessageInjection => ({
  name,
  command: "sendTrailers",
  headers,
});

/** Fields that belong to one connection of HTTP/1.1 (RFC 9113 section 8.2.2). */
const CONNECTION_FIELDS: readonly (readonly [string, string])[] = [
  ["connection", "close"],
  ["Transfer-Encoding", "chunked"],
  ["keep-alive", "5"],
  ["proxy-connection", "close"],
  ["upgrade", "h2c"],
];

/** All rows. */
const INJECTIONS: readonly MessageInjection[] = [
  ...BREAKS.flatMap((text) => {
    const shown = JSON.stringify(text);
    return [
      row(`method with ${shown}`, { method: `GET${text}` }),
      row(`path with ${shown}`, { path: `/${text}` }),
      row(`authority with ${shown}`, { authority: `a${text}` }),
      row(`scheme with ${shown}`, { scheme: `https${text}` }),
      row(`name with ${shown}`, { headers: [`x${text}`, "y"] }),
      row(`value with ${shown}`, { headers: ["x", `y${text}`] }),
      answer(`name with ${shown}`, [[`x${text}`, "y"]]),
      answer(`value with ${shown}`, { x: `y${text}` }),
      answer(`second value with ${shown}`, { x: ["y", `z${text}`] }),
      answer(`early hint with ${shown}`, ["link", `</a>${text}`], 103),
      trailers(`trailer with ${shown}`, ["x", `y${text}`]),
    ];
  }),
  row("a space in the path", { path: "/ HTTP/1.1 x" }),
  row("a path without slash", { path: "x" }),
  row("a space in the method", { method: "GET /evil" }),
  row("an empty method", { method: "" }),
  row("userinfo in the authority", { authority: "u:p@a" }),
  row("a path in the authority", { authority: "a/b" }),
  row("an URL as the scheme", { scheme: "http://a/?" }),
  row("another host", { headers: ["host", "b"] }),
  row("a pseudo-header field among the fields", { headers: [":path", "/b"] }),
  row("an unknown pseudo-header field", { headers: [":x", "y"] }),
  row("a colon in a name", { headers: ["x:y", "z"] }),
  row("a space in a name", { headers: ["x ", "z"] }),
  row("an empty name", { headers: ["", "z"] }),
  row("a value that begins with a space", { headers: ["x", " z"] }),
  row("te: gzip", { headers: ["te", "gzip"] }),
  row("a length that is no number", { headers: ["content-length", "+5"] }),
  row("two lengths", { headers: ["content-length", "5", "Content-Length", "6"] }),
  ...CONNECTION_FIELDS.flatMap(([name, value]) => [
    row(`${name} in a request`, { headers: [name, value] }),
    answer(`${name} in a response`, [name, value]),
    trailers(`${name} in trailers`, [name, value]),
  ]),
  answer("a pseudo-header field in a response", [":status", "500"]),
  answer("te in a response", ["te", "trailers"]),
  answer("101", [], 101),
  trailers("a pseudo-header field in trailers", [":status", "500"]),
];

/** A row of HTTP/2. */
export type H2Injection = { readonly id: "H2-S33" } & MessageInjection;
/** A row of HTTP/3. */
export type H3Injection = { readonly id: "H3-S33" } & MessageInjection;

/** All rows of HTTP/2. */
export const h2Injections: readonly H2Injection[] = INJECTIONS.map((row) => ({
  id: "H2-S33",
  ...row,
}));

/** All rows of HTTP/3: a message is the same there (RFC 9114 section 4). */
export const h3Injections: readonly H3Injection[] = INJECTIONS.map((row) => ({
  id: "H3-S33",
  ...row,
}));
