// H3Connection of a server with WebTransport: any session in which the CONNECT is accepted when it has come, uncut and
// cut: streams that come before it and after it, capsules, datagrams, ends.

import type { ConnectionEvent } from "tercet";
import {
  appendPlain,
  arrive,
  byteByByte,
  cutArrivals,
  edited,
  firstDifference,
  H3_SESSION_TOKENS,
  type H3Arrival,
  H3Sent,
  h3Arbitraries,
  h3Violation,
  type PlainEvent,
  randomPieces,
  sessionBytes,
  sessionOf,
} from "tercet/fuzz";
import { H3Connection } from "tercet/h3";
import { checkH3Output } from "./h3-target.js";
import { fault, seedOf, streamsSignature, type Target } from "./target.js";

/** The target. */
export const h3Webtransport: Target = {
  name: "h3-webtransport",
  about: "a server with WebTransport over HTTP/3: streams before and behind their session, cuts",
  corpus: "h3-sessions",
  tokens: H3_SESSION_TOKENS,
  arbitrary(fc) {
    const h3 = h3Arbitraries(fc);
    const good = h3.webtransport.map(({ arrivals }) => sessionBytes(arrivals, "server"));
    const bad = h3.hostileWebtransport.map((arrivals) => sessionBytes(arrivals, "server"));
    return fc
      .tuple(fc.oneof(good, bad), fc.option(h3.edits(), { nil: [], freq: 3 }))
      .map(([bytes, edits]) => edited(bytes, edits));
  },
  check(input) {
    const seed = seedOf(input);
    const arrivals = sessionOf(input, { role: "server" });
    const limits = seed % 3 === 0 ? { earlyStreams: 1, earlyBytes: 10 } : {};
    const make = () =>
      new H3Connection({ role: "server", webtransport: seed % 2 === 0 ? true : 1, limits });
    const whole = sessionEvents(make(), arrivals, (bytes) => [bytes], false);
    fault(h3Violation(whole, { role: "server", arrivals }));
    const pieces = (bytes: Uint8Array) =>
      seed % 4 === 0 ? byteByByte(bytes) : randomPieces(bytes, seed, 9);
    fault(firstDifference(whole, sessionEvents(make(), arrivals, pieces, seed % 5 < 2)));
    return streamsSignature(whole);
  },
};

/** Feeds a server that accepts every CONNECT behind the arrival that brought it, whatever the pieces. */
function sessionEvents(
  server: H3Connection,
  arrivals: readonly H3Arrival[],
  cut: (bytes: Uint8Array) => readonly Uint8Array[],
  lateEnd: boolean,
): PlainEvent[] {
  const list: PlainEvent[] = [];
  const sent = new H3Sent("server");
  for (const arrival of arrivals) {
    const accepted = new Set<number>();
    for (const step of cutArrivals([arrival], cut, lateEnd)) {
      const copy = "bytes" in step ? { ...step, bytes: step.bytes.slice() } : step;
      const events = arrive(server, copy);
      for (const event of events) noteSession(accepted, event);
      appendPlain(list, events);
    }
    if (server.state === "failed") break;
    for (const id of accepted) server.sendResponse(id, { status: 200, headers: [] });
    // What waited for the session comes with the next events, if nothing else does.
    if (accepted.size > 0) appendPlain(list, server.poll());
  }
  checkH3Output(server, list, sent);
  return list;
}

function noteSession(accepted: Set<number>, event: ConnectionEvent): void {
  if (event.type === "head" && "method" in event.head) {
    if (event.head.protocol?.startsWith("webtransport") === true) accepted.add(event.streamId);
  } else if (event.type === "reset" || event.type === "stopSending") {
    accepted.delete(event.streamId);
  } else if (event.type === "error") accepted.delete(event.error.streamId ?? -1);
}
