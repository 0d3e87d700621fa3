// One end against a hostile peer, by the sessions of the fuzzer, with commands of the user in between (hostile.test.ts has
// frames of its own): nothing is thrown, cuts change nothing, what leaves is right, and stays in proportion.

import * as fc from "fast-check";
import { type ConnectionEvent, UsageError } from "tercet";
import {
  arrive,
  byteByByte,
  cutArrivals,
  feedArrivals,
  firstDifference,
  type H3Arrival,
  H3Sent,
  h3Arbitraries,
  h3Violation,
  peerHello,
  plain,
  randomPieces,
  sessionOf,
} from "tercet/fuzz";
import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";

type Role = "server" | "client";
const h3 = h3Arbitraries(fc);

/** What a user does between two arrivals; refusals are as good as anything. */
const COMMANDS: ((connection: H3Connection, stream: number) => unknown)[] = [
  (c, stream) => c.sendResponse(stream, { status: 200, headers: [], content: "hello" }),
  (c, stream) => c.sendResponse(stream, { status: 200, headers: [] }),
  (c, stream) => c.sendInformational(stream, { status: 103, headers: [] }),
  (c, stream) => c.sendData(stream, new Uint8Array(5)),
  (c, stream) => c.sendEnd(stream),
  (c, stream) => c.sendTrailers(stream, ["x", "y"]),
  (c, stream) => c.reset(stream),
  (c) => c.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] }),
  (c, stream) => c.sendDatagram(stream, new Uint8Array(3)),
  (c, stream) => c.sendCapsule(stream, 0x21, new Uint8Array(3)),
  (c, stream) => c.setPriority(stream, { urgency: 1 }),
  (c) => c.maxPushId(9),
  (c) => c.cancelPush(0),
  (c) => c.goAway(),
  (c) => c.close(),
];

interface Turn {
  readonly arrivals: readonly H3Arrival[];
  readonly command: number | undefined;
  readonly stream: number;
}

function connected(role: Role): H3Connection {
  const more = role === "server" ? { settings: { enableConnectProtocol: true } } : { maxPushId: 5 };
  const connection = new H3Connection({ role, datagrams: true, ...more });
  for (const step of peerHello(role, [1, 200], [7, 2], [8, 1], [0x33, 1])) arrive(connection, step);
  if (role === "client") {
    for (let at = 0; at < 4; at++) {
      connection.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] });
    }
  }
  return connection;
}

/** Turns of a session: streams that end do not go on, whatever the arbitrary says. */
function turnsOf(role: Role, turns: readonly Turn[]): Turn[] {
  const over = new Set<string>();
  return turns.map((turn) => ({
    ...turn,
    arrivals: turn.arrivals.filter((step) => {
      if (step.do === "datagram") return true;
      if (role === "client" && step.streamId % 4 === 0 && step.streamId > 12) return false;
      const lane = `${step.do === "stopSending"} ${step.streamId}`;
      if (over.has(lane)) return false;
      if (step.do !== "stream" || step.fin) over.add(lane);
      return true;
    }),
  }));
}

/** Plays the turns, cut in some way; gives all events as plain data. */
function play(
  role: Role,
  turns: readonly Turn[],
  cut: (steps: readonly H3Arrival[]) => H3Arrival[],
) {
  const connection = connected(role);
  const sent = new H3Sent(role);
  const events: ConnectionEvent[] = [];
  let received = 0;
  for (const { arrivals, command, stream } of turns) {
    for (const step of cut(arrivals)) {
      events.push(...arrive(connection, step));
      received += "bytes" in step ? step.bytes.length : 4;
    }
    if (command !== undefined) attempt(() => COMMANDS[command]?.(connection, stream));
    sent.read(connection.takeStreams());
    expect(sent.fault).toBeNull();
  }
  events.push(...connection.receiveClose());
  expect(sent.length).toBeLessThan(1_000 + 300 * turns.length + 8 * received);
  return plain(events);
}

/** Wrong use is refused by UsageError, and by nothing else. */
function attempt(use: () => unknown): void {
  try {
    use();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
}

describe.each(["server", "client"] as const)("a %s", (role) => {
  const turn: fc.Arbitrary<Turn> = fc.record({
    // Behind the hello of connected(), one of its own would be the mistake that ends everything.
    arrivals: h3.hostile(role).map((steps) =>
      steps.filter(({ do: what, ...step }) => {
        const isHello =
          what === "stream" && "streamId" in step && step.streamId < 4 && step.streamId > 1;
        return !isHello;
      }),
    ),
    command: fc.option(fc.nat(COMMANDS.length - 1), { nil: undefined }),
    stream: fc.constantFrom(0, 0, 4, 8, 12, 1, 2),
  });

  test("takes any session with any commands between, the same at every cut", () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 12 }), fc.nat(), (all, seed) => {
        const turns = turnsOf(role, all);
        const whole = play(role, turns, (steps) => [...steps]);
        const arrivals = turns.flatMap((one) => one.arrivals);
        const hello = peerHello(role, [1, 200], [7, 2], [8, 1], [0x33, 1]);
        expect(h3Violation(whole, { role, arrivals: [...hello, ...arrivals] })).toBeNull();
        const bytes = play(role, turns, (steps) => cutArrivals(steps, byteByByte, seed % 2 === 0));
        expect(firstDifference(whole, bytes)).toBeNull();
        const pieces = (part: Uint8Array) => randomPieces(part, seed + 1, 30);
        const some = play(role, turns, (steps) => cutArrivals(steps, pieces, seed % 3 === 0));
        expect(firstDifference(whole, some)).toBeNull();
      }),
      { numRuns: 200, includeErrorInReport: true },
    );
  });

  test("takes any octets at all as a session", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (wire) => {
        const arrivals = sessionOf(wire, { role, requests: 4 });
        const whole = feedArrivals(connected(role), arrivals);
        const bytes = feedArrivals(connected(role), cutArrivals(arrivals, byteByByte));
        expect(firstDifference(whole, bytes)).toBeNull();
      }),
      { numRuns: 300, includeErrorInReport: true },
    );
  });
});
