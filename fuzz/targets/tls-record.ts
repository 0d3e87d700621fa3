// TlsConnection: what hostile peers of TLS say whose secrets are in the key log. Cuts do not matter, octets are counted, records
// tile what came, application data is what was sealed.

import { inspectArbitraries, KEY_LOG_TOKENS, keyLogOf, TLS_TOKENS, tlsMessages } from "tercet/fuzz";
import { KeyLog, TlsConnection } from "tercet/inspect";
import { fault, seedOf, somePieces, type Target } from "./target.js";
import { TLS_STEP, type TlsFlow, tlsFlows, tlsStep } from "./tls-script.js";

type Events = ReturnType<TlsConnection["receive"]>;

const SERVER = 0x80;
const STEPS = Object.values(TLS_STEP);

/** The target. */
export const tlsRecord: Target = {
  name: "tls-record",
  about:
    "TlsConnection: hostile peers whose secrets are known; cuts, and records against what came",
  corpus: "tls-scripts",
  tokens: [
    ...TLS_TOKENS,
    ...STEPS.flatMap((step) => [tlsStep(step, "abc"), tlsStep(SERVER | step, "abc")]),
    tlsStep(TLS_STEP.HANDSHAKE, tlsMessages.handshake(24, "\x01")),
    tlsStep(SERVER | TLS_STEP.HANDSHAKE, tlsMessages.handshake(24, "\x00")),
    tlsStep(SERVER | TLS_STEP.HANDSHAKE, tlsMessages.handshake(4, new Uint8Array(20))),
    tlsStep(TLS_STEP.ALERT, "\x01\x00"),
    ...KEY_LOG_TOKENS.slice(0, 2),
  ],
  arbitrary: (fc) => {
    const bytes = fc.oneof(inspectArbitraries(fc).records, fc.uint8Array({ maxLength: 60 }));
    const step = fc
      .tuple(fc.constantFrom(...STEPS, ...STEPS.map((one) => SERVER | one)), bytes)
      .map(([operation, octets]) => tlsStep(operation, octets));
    const greeting = fc.constantFrom(tlsStep(0), tlsStep(0x40), new Uint8Array(0));
    return fc
      .tuple(greeting, fc.array(step, { maxLength: 10 }))
      .map(([first, list]) => Uint8Array.from([first, ...list].flatMap((one) => [...one])));
  },
  check(input) {
    const flows = tlsFlows(input);
    const hasKeys = seedOf(input) % 4 !== 0;
    const whole = read(flows, hasKeys, (bytes) => [bytes]);
    const cut = read(flows, hasKeys, somePieces);
    if (plain(whole) !== plain(cut)) fault(`cut: ${plain(cut)}, whole: ${plain(whole)}`);
    checkPlaces(whole, flows);
    return (
      whole
        .map(({ kind }) => kind[0])
        .join("")
        .slice(-24) + signature(whole)
    );
  },
};

function read(
  flows: readonly TlsFlow[],
  hasKeys: boolean,
  cut: (bytes: Uint8Array) => Uint8Array[],
): Events {
  const log = new KeyLog();
  if (hasKeys) log.push(keyLogOf());
  log.end();
  const connection = new TlsConnection(log);
  const events: Events = [];
  for (const { side, bytes } of flows) {
    for (const piece of cut(bytes)) {
      for (const event of connection.receive(side, piece)) {
        events.push("bytes" in event ? { ...event, bytes: event.bytes.slice() } : event);
      }
    }
  }
  events.push(...connection.end("client"), ...connection.end("server"));
  return events;
}

/** Events as text; data of one direction that touch are one. */
function plain(events: Events): string {
  const out: Record<string, unknown>[] = [];
  for (const event of events) {
    const one: Record<string, unknown> = { ...event };
    if ("bytes" in event) one.bytes = Buffer.from(event.bytes).toString("hex");
    const last = out.at(-1);
    if (
      one.kind === "application" &&
      last?.kind === "application" &&
      last.direction === one.direction &&
      last.early === one.early
    ) {
      last.bytes = `${last.bytes}${one.bytes}`;
    } else out.push(one);
  }
  return JSON.stringify(out, (_key, value) =>
    value instanceof Uint8Array ? [...value].join() : value,
  );
}

/** Records of a direction come in order and lie in what was received. */
function checkPlaces(events: Events, flows: readonly TlsFlow[]): void {
  for (const direction of ["client", "server"] as const) {
    const length = flows.reduce(
      (sum, one) => sum + (one.side === direction ? one.bytes.length : 0),
      0,
    );
    let end = 0;
    let failed = false;
    for (const event of events) {
      if (event.direction !== direction) continue;
      if (failed && event.kind !== "error") continue;
      if (event.kind === "record") {
        if (event.offset < end) fault(`a record at ${event.offset} behind ${end}`);
        end = event.offset + event.length;
        if (end > length) fault(`a record to ${end} of ${length}`);
        if (event.decrypted !== (event.reason === null)) fault("decrypted, and a reason");
      } else if (event.kind === "error") {
        failed = true;
        if (event.offset > length) fault(`an error at ${event.offset} of ${length}`);
      }
    }
  }
}

function signature(events: Events): string {
  const reasons = events.map((event) =>
    event.kind === "error" ? event.code : event.kind === "record" ? (event.reason ?? "") : "",
  );
  return [...new Set(reasons)].join(" ");
}
