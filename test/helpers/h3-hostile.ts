// A hostile peer as data: random frames, right and wrong, on any stream, with resets, datagrams and commands of the user; and how
// they are played. Used by h3/hostile.test.ts.

import fc from "fast-check";
import type { ConnectionEvent } from "tercet";
import { UsageError } from "tercet";
import { expect } from "vitest";
import {
  connected,
  type H3Connection,
  type H3Options,
  peerOf,
  type Role,
  receive,
} from "./h3-dialogue.js";
import {
  cancelPush,
  capsule,
  connect,
  data,
  datagram,
  EMPTY,
  extendedConnect,
  frame,
  GET,
  goaway,
  headers,
  maxPushId,
  OK,
  origin,
  POST,
  priorityUpdate,
  push,
  pushPromise,
  response,
  settings,
  uni,
  unknownFrame,
  varint,
} from "./h3-frames.js";
import { h3LogOf } from "./h3-log.js";
import type { H3OutputReader } from "./h3-read.js";
import { acknowledge, insert, line, octets, prefix, section } from "./qpack-wire.js";

/** One thing that the peer does. */
type Act =
  | { do: "stream"; id: number; bytes: Uint8Array; fin: boolean }
  | { do: "reset"; id: number; code: number }
  | { do: "stop"; id: number; code: number }
  | { do: "datagram"; bytes: Uint8Array }
  | { do: "command"; id: number; command: number };

const anyBytes = fc.uint8Array({ maxLength: 24 });
const id = fc.constantFrom(0, 0, 0, 4, 4, 8, 12);
const number = fc.constantFrom<number | bigint>(
  0,
  1,
  2,
  3,
  4,
  5,
  63,
  64,
  16_384,
  2 ** 30,
  2n ** 62n - 1n,
);
const lines = fc
  .array(
    fc.oneof(
      fc.constantFrom(0, 1, 17, 20, 23, 25, 63, 98, 99).map((index) => line.static(index)),
      fc.constantFrom(0, 1, 2, 100).map((index) => line.dynamic(index)),
      fc.constantFrom(0, 1, 2).map((index) => line.postBase(index)),
      fc
        .constantFrom(["x", "y"], ["cookie", "a=b"], ["X", "y"], ["content-length", "1"])
        .map(([name = "", value = ""]) => line.literal(name, value)),
      fc.constantFrom("a", "a:1", "").map((value) => line.staticName(0, value)),
    ),
    { maxLength: 6 },
  )
  .chain((list) =>
    fc.constantFrom(0, 0, 1, 2, 3, 7).map((count) => octets(prefix(count), list.flat())),
  );
const sections = fc.oneof(
  fc
    .constantFrom<readonly string[]>(
      GET,
      POST,
      OK,
      connect(),
      extendedConnect("connect-udp"),
      response(103),
      ["x-t", "1"],
    )
    .map((fields) => headers(fields)),
  lines.map((bytes) => headers(bytes)),
  fc.constant(headers(section())),
  anyBytes.map((bytes) => headers(bytes)),
);
const anyFrame = fc.oneof(
  { weight: 4, arbitrary: sections },
  { weight: 3, arbitrary: anyBytes.map((bytes) => data(bytes)) },
  fc.constant(data(capsule("DATAGRAM", "x"))),
  fc.constantFrom(settings(), settings({ QPACK_MAX_TABLE_CAPACITY: 100 }), settings([[2, 1]])),
  number.map((value) => goaway(value)),
  number.map((value) => maxPushId(value)),
  number.map((value) => cancelPush(value)),
  fc.tuple(number, sections).map(([value, bytes]) => pushPromise(value, bytes.slice(2))),
  number.map((value) => priorityUpdate(value, "u=1")),
  fc.constant(origin("https://a")),
  fc.tuple(number, anyBytes).map(([type, bytes]) => frame(type, bytes)),
  fc
    .tuple(fc.nat(16), anyBytes, number)
    .map(([type, bytes, length]) => frame(type, bytes, { length })),
  fc.constant(unknownFrame("abc")),
  anyBytes,
);
const instructions = fc
  .array(
    fc.constantFrom(
      insert.capacity(0),
      insert.capacity(100),
      insert.capacity(4096),
      insert.literal("x", "y"),
      insert.static(1, "/"),
      insert.dynamic(0, "z"),
      insert.duplicate(0),
      [0xff, 0xff],
    ),
    { maxLength: 6 },
  )
  .map((list) => octets(...list));
const feedback = fc
  .array(
    fc.constantFrom(
      acknowledge.section(0),
      acknowledge.cancel(4),
      acknowledge.increment(1),
      [0],
      [0x7f],
    ),
    { maxLength: 3 },
  )
  .map((list) => octets(...list));

const stream = (from: number, bytes: Uint8Array, fin: boolean): Act => ({
  do: "stream",
  id: from,
  bytes,
  fin,
});
const code = fc.constantFrom(0, 0x100, 0x10c, 0x10e, 2 ** 40);

/** What a peer of this role may do; a client hears on streams that it has opened alone. */
export const actOf = (role: Role) => {
  const { control, encoder, decoder, more } = peerOf(role);
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(id, anyFrame, fc.boolean())
        .map(([at, bytes, fin]): Act => stream(at, bytes, fin && at > 4)),
    },
    { weight: 2, arbitrary: anyFrame.map((bytes): Act => stream(control, bytes, false)) },
    { weight: 2, arbitrary: instructions.map((bytes): Act => stream(encoder, bytes, false)) },
    { weight: 1, arbitrary: feedback.map((bytes): Act => stream(decoder, bytes, false)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(number, anyFrame)
        .map(([type, bytes]): Act => stream(more, uni(type, bytes), false)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(number, anyFrame)
        .map(([value, bytes]): Act => stream(more + 4, push(value, bytes), false)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom<"reset" | "stop">("reset", "stop"), id, code)
        .map(([what, at, value]): Act => ({ do: what, id: at, code: value }) as Act),
    },
    {
      weight: 1,
      arbitrary: fc
        .oneof(
          anyBytes,
          number.map((value) => varint(value)),
          fc.constant(datagram(0, "x")),
        )
        .map((bytes): Act => ({ do: "datagram", bytes })),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(id, fc.nat(99))
        .map(([at, command]): Act => ({ do: "command", id: at, command })),
    },
  );
};

const COMMANDS: ((connection: H3Connection, stream: number) => unknown)[] = [
  (c, at) => c.sendResponse(at, { status: 200, headers: ["capsule-protocol", "?1"] }),
  (c, at) => c.sendResponse(at, { status: 200, headers: ["x-a", "b"], content: "hello" }),
  (c, at) => c.sendInformational(at, { status: 103, headers: [] }),
  (c, at) => c.sendData(at, new Uint8Array(5)),
  (c, at) => c.sendEnd(at),
  (c, at) => c.sendTrailers(at, ["x", "y"]),
  (c, at) => c.reset(at),
  (c, at) => c.sendDatagram(at, new Uint8Array(3)),
  (c) => c.maxPushId(5),
  (c) => c.takeDatagrams(),
  (c) => c.poll(),
];
const RARE: ((connection: H3Connection) => unknown)[] = [(c) => c.goAway(), (c) => c.close()];

export const options: Omit<H3Options, "role"> = {
  settings: { enableConnectProtocol: true, qpackBlockedStreams: 2 },
  datagrams: true,
  limits: { blockedBytes: 200, controlBudget: 60, resetBurst: 6, earlyBytes: 100 },
};

interface Run {
  connection: H3Connection;
  events: ConnectionEvent[];
  received: number;
  written: number;
}

export const prepared = (role: Role) => {
  const made = connected(role, {
    ...options,
    handshake: settings({
      H3_DATAGRAM: 1,
      QPACK_MAX_TABLE_CAPACITY: 200,
      QPACK_BLOCKED_STREAMS: 3,
      ENABLE_CONNECT_PROTOCOL: 1,
    }),
  });
  if (role === "client")
    for (const method of ["GET", "POST", "CONNECT", "HEAD"])
      made.connection.sendRequest({
        method,
        authority: "a:1",
        ...(method === "CONNECT" ? {} : { path: "/" }),
        headers: [],
      });
  made.reader.lines(made.connection.takeStreams());
  return made;
};

/** Plays the acts; throws what is thrown, but wrong use of commands. */
export function play(
  role: Role,
  acts: readonly Act[],
  cut: (bytes: Uint8Array) => Uint8Array[],
  handler: boolean,
  commands: boolean,
): Run {
  const { connection, reader } = prepared(role);
  const run: Run = { connection, events: [], received: 0, written: 0 };
  const ended = new Set<number>();
  const started = new Set<number>();
  for (const act of acts) {
    if (act.do === "command") {
      if (commands) obey(connection, act);
    } else if (act.do === "datagram") run.events.push(...connection.receiveDatagram(act.bytes));
    else if (ended.has(act.id) && act.do !== "stop") continue;
    else if (act.do === "reset") {
      ended.add(act.id);
      run.events.push(...connection.receiveReset(act.id, act.code));
    } else if (act.do === "stop")
      run.events.push(...connection.receiveStopSending(act.id, act.code));
    else {
      const bytes = withType(role, act, started);
      run.received += bytes.length;
      const pieces = bytes.length === 0 ? [EMPTY] : cut(bytes);
      for (const [at, piece] of pieces.entries()) {
        const isEnd = act.fin && at === pieces.length - 1;
        run.events.push(...receive(connection, { id: act.id, bytes: piece, fin: isEnd }, handler));
      }
      if (act.fin) ended.add(act.id);
    }
    if (commands) run.written += written(connection, reader);
  }
  run.written += written(connection, reader);
  return run;
}

/** QPACK streams of the peer begin with their type. */
function withType(
  role: Role,
  act: Extract<Act, { do: "stream" }>,
  started: Set<number>,
): Uint8Array {
  const { encoder, decoder } = peerOf(role);
  const isFirst = !started.has(act.id);
  started.add(act.id);
  if (isFirst && act.id === encoder) return uni("encoder", act.bytes);
  return isFirst && act.id === decoder ? uni("decoder", act.bytes) : act.bytes;
}

function obey(
  connection: H3Connection,
  { id: at, command }: { id: number; command: number },
): void {
  const chosen = command < 3 ? RARE[command % RARE.length] : COMMANDS[command % COMMANDS.length];
  try {
    chosen?.(connection, at);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
}

/** Reads what leaves, which must be well-formed; its length. */
function written(connection: H3Connection, reader: H3OutputReader): number {
  const entries = connection.takeStreams();
  reader.lines(entries);
  return entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

export function checkEvents(run: Run): void {
  const failed = new Set<number>();
  for (const [at, event] of run.events.entries()) {
    if (event.type === "error" && event.error.scope === "connection") {
      expect(h3LogOf(run.events.slice(at + 1))).toEqual([]);
      expect(run.connection.state).toBe("failed");
    } else if (event.type === "error") failed.add(event.error.streamId ?? -1);
    else if ("streamId" in event)
      expect(failed.has(event.streamId), h3LogOf(run.events).join("\n")).toBe(false);
  }
}
