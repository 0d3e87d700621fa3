// What every parser of the differential suite is asked for, in one shape.

/** One message, as far as a parser reported it. */
export interface SeenMessage {
  /** Requests: the method. Responses: the status code. */
  start: string | number;
  /** Requests: the target. Responses: the reason. */
  text: string;
  version: string;
  headers: string[];
  body: string;
  trailers: string[];
  complete: boolean;
}

/** What a parser made of an input. */
export interface Outcome {
  /** reject: an error; upgrade: it stopped, and what follows is not HTTP (or not yet). */
  verdict: "accept" | "reject" | "upgrade";
  messages: SeenMessage[];
}

/** A parser of the suite. It gets the input in pieces, and the end of the stream if `end` is set. */
export interface Parser {
  readonly name: string;
  parse(role: "request" | "response", pieces: readonly Uint8Array[], how?: Context): Outcome;
}

/** What a parser of responses must be told. */
export interface Context {
  /** Method of each request that is answered, in order; GET when absent. */
  methods?: readonly string[];
}

/** A message under construction. */
export function newMessage(
  start: string | number,
  text: string,
  version: string,
  headers: string[],
): SeenMessage {
  return { start, text, version, headers, body: "", trailers: [], complete: false };
}

/** How a response to this method is to be read, as llhttp's users say it: 0 with body, 1 without. */
export function skipsBody(role: "request" | "response", method: string | undefined): 0 | 1 {
  return role === "response" && method === "HEAD" ? 1 : 0;
}
