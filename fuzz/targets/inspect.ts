// inspect(): any bytes as any protocol, with and without keys, strict and lenient, whole and cut. Every event has its place, the
// summary is the last and counts them, nothing that a terminal obeys gets into the tree, and each JSON line is one object.

import {
  CAPTURE_TOKENS,
  H1_TOKENS,
  H2_TOKENS,
  H3_TOKENS,
  inspectArbitraries,
  keyLogOf,
} from "tercet/fuzz";
import { type InspectEvent, type InspectOptions, Inspector } from "tercet/inspect";
import { archived, corpus } from "../files.js";
import { fault, seedOf, somePieces, type Target } from "./target.js";

const AS = [undefined, undefined, undefined, "h1", "h2", "h3", "hpack", "qpack", "quic"] as const;

/** Seeds of other targets: raw bytes of each protocol. */
const RAW = ["requests", "responses", "h2-requests", "h2-responses", "h3-frames", "qpack", "hpack"];

/** The target. */
export const inspect: Target = {
  name: "inspect",
  about:
    "Inspector: any bytes, with keys and without, strict and lenient, cut; tree and JSON of what it says",
  corpus: "captures",
  tokens: [...CAPTURE_TOKENS, ...H1_TOKENS, ...H2_TOKENS, ...H3_TOKENS],
  seeds: () => [
    ...RAW.flatMap((folder) => corpus(folder).map(({ bytes }) => bytes)),
    ...archived(["h2o-http1-dev.tar.gz"]).slice(0, 200),
    ...archived(["nghttp2-dev.tar.gz"]),
    ...archived(["quiche-dev.tar.gz"], "packet_recv_server").slice(0, 100),
  ],
  arbitrary: (fc) => inspectArbitraries(fc).broken("capture"),
  check(input) {
    const seed = seedOf(input);
    const as = AS[seed % AS.length];
    const options: InspectOptions = {
      lenient: seed % 2 === 0,
      keepBytes: seed % 3 === 0,
      ...(as === undefined ? {} : { as, role: seed % 5 < 2 ? "client" : "server" }),
      ...(seed % 7 < 5 ? { keyLog: keyLogOf() } : {}),
    };
    const whole = run(options, [input]);
    checkEvents(whole, input.length);
    const cut = run(options, somePieces(input));
    const joined = [texts(whole), texts(cut)] as const;
    const at = joined[0].findIndex((line, index) => line !== joined[1][index]);
    if (at >= 0 || joined[0].length !== joined[1].length) {
      fault(`event ${at}: whole ${joined[0].at(at)}, cut ${joined[1][at]}`);
    }
    return `${as} ${whole
      .map((one) => (one.event === "error" ? one.code : one.event[0]))
      .slice(-10)
      .join(" ")}`;
  },
};

function run(options: InspectOptions, pieces: readonly Uint8Array[]): InspectEvent[] {
  const inspector = new Inspector(options);
  const events = pieces.flatMap((piece) => inspector.push(piece));
  events.push(...inspector.end());
  return events;
}

/** The summary is the last; connections have been told of; each event is one line of JSON. */
function checkEvents(events: readonly InspectEvent[], length: number): void {
  for (const [at, event] of events.entries()) {
    const isLast = at === events.length - 1;
    if ((event.event === "summary") !== isLast)
      fault(`${event.event} is event ${at} of ${events.length}`);
    if (!(event.offset >= 0)) fault(`${event.event} at ${event.offset}`);
    if (event.event === "packet" && event.offset > length)
      fault(`a packet at ${event.offset} of ${length}`);
  }
}

/** Events as text; data that touch are one. */
function texts(events: readonly InspectEvent[]): string[] {
  const out: Record<string, unknown>[] = [];
  for (const event of events) {
    const one: Record<string, unknown> = { ...event };
    const last = out.at(-1);
    const isMore =
      one.event === "data" &&
      last?.event === "data" &&
      last.streamId === one.streamId &&
      last.connection === one.connection &&
      last.direction === one.direction;
    if (last !== undefined && isMore) {
      last.length = Number(last.length) + Number(one.length);
    } else out.push(one);
  }
  return out.map((one) =>
    JSON.stringify(one, (_key, value) => {
      if (typeof value === "bigint") return String(value);
      return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
    }),
  );
}
