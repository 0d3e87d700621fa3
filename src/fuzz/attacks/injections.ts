// S29: what an application may be talked into sending. Every row is one command with a value that would
// break out of its place on the wire; a connection refuses it before a byte leaves (RFC 9110 section 2.2).

import type { HeaderList } from "../../index.js";

/** A command whose argument would inject bytes, for any connection of the role. */
export type Injection = { readonly id: "S29"; readonly name: string } & (
  | {
      readonly command: "sendRequest";
      readonly head: {
        readonly method: string;
        readonly path?: string;
        readonly authority?: string;
        readonly headers: HeaderList;
      };
    }
  | {
      readonly command: "sendResponse" | "sendInformational";
      readonly head: {
        readonly status: number;
        readonly reason?: string;
        readonly headers: HeaderList;
      };
    }
  | { readonly command: "sendTrailers"; readonly headers: HeaderList }
);

/** Endings that some recipient takes for the end of a line, of a value, or of a name. */
const BREAKS = [
  "\r\nX: y",
  "\nX: y",
  "\rX: y",
  "\r\n\r\nHTTP/1.1 200 OK",
  "\0",
  "\u010d\u010aX: y",
];

const requests = (part: string, head: (text: string) => RequestHead): Injection[] =>
  BREAKS.map((text) => ({
    id: "S29",
    name: named(part, text),
    command: "sendRequest",
    head: head(text),
  }));

const responses = (part: string, head: (text: string) => ResponseHead): Injection[] =>
  BREAKS.map((text) => ({
    id: "S29",
    name: named(part, text),
    command: "sendResponse",
    head: head(text),
  }));

type RequestHead = Extract<Injection, { command: "sendRequest" }>["head"];
type ResponseHead = Extract<Injection, { head: { status: number } }>["head"];

function named(part: string, text: string): string {
  return `${part} with ${JSON.stringify(text)}`;
}

const GET = { method: "GET", authority: "a" };

/** All rows of S29. */
export const injections: readonly Injection[] = [
  ...requests("method", (text) => ({ ...GET, method: `GET${text}`, headers: [] })),
  ...requests("path", (text) => ({ ...GET, path: `/${text}`, headers: [] })),
  ...requests("authority", (text) => ({ ...GET, authority: `a${text}`, headers: [] })),
  ...requests("name", (text) => ({ ...GET, headers: [`x${text}`, "y"] })),
  ...requests("value", (text) => ({ ...GET, headers: ["x", `y${text}`] })),
  ...responses("reason", (text) => ({ status: 200, reason: `OK${text}`, headers: [] })),
  ...responses("name", (text) => ({ status: 200, headers: [[`x${text}`, "y"]] })),
  ...responses("value", (text) => ({ status: 200, headers: { x: `y${text}` } })),
  ...responses("second value", (text) => ({ status: 200, headers: { x: ["y", `z${text}`] } })),
  ...BREAKS.map(
    (text): Injection => ({
      id: "S29",
      name: named("early hint", text),
      command: "sendInformational",
      head: { status: 103, headers: ["link", `</a>${text}`] },
    }),
  ),
  ...BREAKS.map(
    (text): Injection => ({
      id: "S29",
      name: named("trailer", text),
      command: "sendTrailers",
      headers: ["x", `y${text}`],
    }),
  ),
  {
    id: "S29",
    name: "a space in the target",
    command: "sendRequest",
    head: { ...GET, path: "/ HTTP/1.1 x", headers: [] },
  },
  {
    id: "S29",
    name: "a space in the method",
    command: "sendRequest",
    head: { ...GET, method: "GET /evil", headers: [] },
  },
  {
    id: "S29",
    name: "a colon in a name",
    command: "sendRequest",
    head: { ...GET, headers: ["x:y", "z"] },
  },
  {
    id: "S29",
    name: "a space in a name",
    command: "sendRequest",
    head: { ...GET, headers: ["x ", "z"] },
  },
  {
    id: "S29",
    name: "an empty name",
    command: "sendRequest",
    head: { ...GET, headers: ["", "z"] },
  },
  {
    id: "S29",
    name: "both framings",
    command: "sendRequest",
    head: {
      method: "POST",
      authority: "a",
      headers: ["content-length", "5", "transfer-encoding", "chunked"],
    },
  },
  {
    id: "S29",
    name: "two lengths",
    command: "sendResponse",
    head: { status: 200, headers: ["content-length", "5", "Content-Length", "6"] },
  },
  {
    id: "S29",
    name: "a framing trailer",
    command: "sendTrailers",
    headers: ["content-length", "5"],
  },
];
