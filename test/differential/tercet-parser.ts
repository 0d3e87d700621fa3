// Our own connection in the shape of the differential suite.

import { type ReadOptions, readPieces, UPGRADE } from "../helpers/h1-drive.js";
import { errorOf, type Message, messagesOf, tunnelOf } from "../helpers/h1-log.js";
import type { Outcome, Parser, SeenMessage } from "./outcome.js";

/** Every request sent offers an upgrade, so that a 101 is an answer to it. */
const SENT_COUNT = 8;

export const tercet: Parser = {
  name: "tercet",
  parse(role, pieces, how = {}): Outcome {
    const sent = Array.from({ length: SENT_COUNT }, (_, at) => {
      const method = how.methods?.[at] ?? "GET";
      return method === "CONNECT" ? { method, authority: "a:1" } : { ...UPGRADE, method };
    });
    const options: ReadOptions = role === "request" ? {} : { sent };
    const events = readPieces(role === "request" ? "server" : "client", pieces, options);
    const messages = messagesOf(events);
    const stops = events.some((event) => {
      if (event.type !== "head" || !("method" in event.head)) return event.type === "tunnel";
      return event.head.method === "CONNECT" || event.head.protocol !== null;
    });
    const isUpgrade =
      stops || tunnelOf(events) !== "" || messages.some(({ status }) => status === 101);
    const verdict = errorOf(events) !== undefined ? "reject" : isUpgrade ? "upgrade" : "accept";
    return { verdict, messages: messages.map(seen) };
  },
};

function seen(message: Message): SeenMessage {
  const { version, headers, body, trailers, complete } = message;
  return {
    start: message.method ?? message.status ?? "",
    text: message.target ?? message.reason ?? "",
    version,
    headers: headers.flat(),
    body,
    trailers: trailers.flat(),
    complete,
  };
}
