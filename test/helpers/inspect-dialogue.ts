// Real dialogues of HTTP/2 for the inspectors: a client and a server of ours, everything that either says, in order.

import { H2Connection, type H2Options, type H2RequestToSend } from "tercet/h2";
import type { Direction } from "../../src/inspect/events.js";

/** What was said, in order. */
export type Said = readonly [direction: Direction, bytes: Uint8Array];

/** What the server answers with. */
export interface Answer {
  readonly status: number;
  readonly content?: Uint8Array;
}

/** A client and a server, and what they say to each other until nothing is left to say. */
export function dialogue(
  requests: readonly H2RequestToSend[],
  answer: (streamId: number) => Answer,
  options: { client?: Partial<H2Options>; server?: Partial<H2Options> } = {},
): Said[] {
  const client = new H2Connection({ role: "client", ...options.client } as H2Options);
  const server = new H2Connection({ role: "server", ...options.server } as H2Options);
  const said: Said[] = [];
  const deliver = (from: Direction, bytes: Uint8Array) => {
    said.push([from, bytes.slice()]);
    if (from === "server") client.receive(bytes);
    else
      for (const event of server.receive(bytes))
        if (event.type === "end")
          server.sendResponse(event.streamId, { headers: [], ...answer(event.streamId) });
  };
  const settle = () => {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const [from, one] of [
        ["client", client],
        ["server", server],
      ] as const)
        for (const bytes of one.take()) {
          isQuiet = false;
          deliver(from, bytes);
        }
    }
  };
  settle();
  for (const request of requests) {
    client.sendRequest(request);
    settle();
  }
  return said;
}
