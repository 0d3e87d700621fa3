// Peers that make us owe them answers and do not read, that send in the smallest pieces, that open all they may: memory stays within
// the limits.

import { H2Connection } from "tercet/h2";
import {
  WebTransportDriver,
  type WebTransportSession,
  WebTransportSessions,
  webtransportH2Settings,
} from "tercet/webtransport";
import { describe, expect, test } from "vitest";
import { next } from "../helpers/webtransport-drivers.js";
import { capsule, concat } from "../helpers/webtransport-h2.js";
import { bytesOf } from "../helpers/webtransport-pair.js";

/** A client that gives no window for what we send. */
function joined(window: number): { peer: H2Connection; tested: H2Connection; id: number } {
  const tested = new H2Connection({
    role: "server",
    settings: { enableConnectProtocol: true, extra: webtransportH2Settings() },
  });
  const peer = new H2Connection({
    role: "client",
    window: "manual",
    settings: { initialWindowSize: window, extra: webtransportH2Settings() },
  });
  const carry = (from: H2Connection, to: H2Connection) => {
    for (const bytes of from.take()) to.receive(bytes);
  };
  for (let i = 0; i < 3; i++) {
    carry(peer, tested);
    carry(tested, peer);
  }
  const id = peer.sendRequest({
    ...{ method: "CONNECT", protocol: "webtransport", scheme: "https" },
    ...{ authority: "a", path: "/", headers: [] },
  });
  return { peer, tested, id };
}

describe("over HTTP/2", () => {
  test("answers that the peer asks for and does not read end the session", () => {
    const { peer, tested, id } = joined(0);
    const sessions = new WebTransportSessions(tested, { role: "server" });
    const types: string[] = [];
    let sent = 0;
    let most = 0;
    for (let stream = 0; stream < 20_000 && !types.includes("error"); stream++) {
      // A stream that is over as soon as it is there: draft 15, whose types are swapped.
      peer.sendData(
        id,
        concat(capsule("STREAM", 4 * stream), capsule("STOP_SENDING", 4 * stream, 1)),
      );
      for (const bytes of peer.take()) {
        sent += bytes.length;
        for (const event of tested.receive(bytes)) sessions.handle(event);
        for (const event of sessions.poll()) {
          types.push(event.type === "error" ? "error" : event.type);
          if (event.type === "session") sessions.accept(event.sessionId);
          if (event.type === "error") expect(event.error.code).toBe("H3_OUTBOUND_FLOOD");
        }
      }
      for (const bytes of tested.take()) peer.receive(bytes);
      most = Math.max(most, tested.bufferedAmount);
    }
    expect(types.at(-1)).toBe("error");
    expect(most).toBeLessThan(192 * 1024);
    expect(sent).toBeGreaterThan(10_000);
    expect(tested.bufferedAmount).toBe(0);
    expect(tested.state).toBe("open");
  });

  test("bytes one by one that nobody reads do not stay one by one", async () => {
    const { peer, tested, id } = joined(65_535);
    const accepted: WebTransportSession[] = [];
    const driver = new WebTransportDriver(tested, {
      role: "server",
      flush: () => {},
      onSession: (request) => void accepted.push(request.accept()),
    });
    const one = capsule("STREAM_FIN", 2, bytesOf(1));
    peer.sendData(id, concat(...Array.from({ length: 50_000 }, () => one)));
    peer.sendData(id, capsule("STREAM", 2));
    for (let moved = true; moved; ) {
      moved = false;
      for (const bytes of peer.take()) {
        moved = true;
        for (const event of tested.receive(bytes.slice())) driver.handle(event);
      }
      for (const bytes of tested.take()) {
        moved = true;
        peer.receive(bytes);
      }
    }
    const stream = await next((accepted[0] as WebTransportSession).incomingUnidirectionalStreams);
    let length = 0;
    let count = 0;
    for await (const piece of stream as unknown as AsyncIterable<Uint8Array>) {
      length += piece.length;
      count++;
    }
    expect(length).toBe(50_000);
    expect(count).toBeLessThan(20);
  });
});
