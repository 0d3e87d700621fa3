// Runs the scenes: tells the client process what to send, collects what the server recorded, and checks that all of
// it was answered. Rules of the file: rounds to warm up are sent in the same way and left out; what is not
// measured is null, never a guess.

import { type ChildProcess, fork } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { NO_QUICHE, quiche } from "../quiche.js";
import { curlAbilities } from "./curl-client.js";
import {
  type ClientName,
  type ClientReport,
  type ClientTask,
  type ExtraName,
  type Scene,
  STALL_MS,
  scenes,
  WINDOW_LENGTH,
} from "./scenes.js";
import { JourneyServer } from "./server.js";
import type { Spread } from "./statistics.js";
import { spread, spreadOrNull, stopsOf, stopsTogether } from "./stops.js";
import { measureTimer, type TimerFacts } from "./stopwatch.js";
import type { PacketWork, Protocol, Trip } from "./trip.js";

export type StopName =
  | "accept"
  | "handshake"
  | "read"
  | "decrypt"
  | "parse"
  | "decode"
  | "process"
  | "serialize"
  | "encrypt"
  | "drain";

/** One stop of one scene. */
export interface StopResult {
  readonly stop: StopName;
  /** "wait": time that passes without work of the server's own. */
  readonly kind: "work" | "wait";
  /** null: a request of this scene does not stop here. */
  readonly cost: Spread | null;
  /** What it consists of. */
  readonly parts: Readonly<Record<string, Spread>>;
}

export interface SceneResult {
  readonly name: string;
  readonly protocol: Protocol;
  readonly title: string;
  readonly about: string;
  readonly client: ClientName;
  readonly requestsPerRound: number;
  /** Medians over the rounds: fields of a request; bytes, reads and writes of a round. */
  readonly fields: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly reads: number;
  readonly writes: number;
  readonly stops: readonly StopResult[];
  /** The stop `parse` once more, on the same bytes right after: the difference is cold caches. */
  readonly parseWarm: Spread;
  /** HTTP/2, HTTP/3: what of it HPACK or QPACK takes, measured on the field blocks alone; and their bytes, as they came and decoded. */
  readonly hpackWarm: Spread | null;
  readonly blockLength: number;
  readonly fieldLength: number;
  /** HTTP/3: the packets that came, opened once more by tercet/quic; medians over the rounds. */
  readonly packets: PacketResult | null;
  /** Accept to drain by the clock on the wall. */
  readonly server: Spread;
  /** What of it lies between the stops: the event loop, and the measuring itself. */
  readonly between: Spread;
  /** Connect to last byte, as the client saw it. */
  readonly clientTotal: Spread;
}

/** What packets cost, apart from each other. */
export interface PacketResult {
  readonly count: number;
  readonly frameCount: number;
  readonly length: number;
  /** Headers; header protection and AEAD; frames. */
  readonly headers: Spread;
  readonly decrypt: Spread;
  readonly frames: Spread;
}

export interface ExtraResult {
  readonly name: ExtraName;
  readonly protocol: Protocol;
  readonly title: string;
  /** The stop where it ended, or where it waited. */
  readonly stop: StopName;
  /** 0: the stream was reset without an answer. */
  readonly status: number;
  readonly error: { code: string; rule: string; rfc: string; offset: number } | null;
  /** What the error, if there is one, ended. */
  readonly scope: "message" | "stream" | "connection" | null;
  readonly stopNs: number;
  readonly parseNs: number;
  readonly wallNs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly note: string | null;
}

/** All that the journey found: what `--json` prints. */
export interface JourneyResult {
  readonly tool: "tercet journey";
  readonly version: string;
  readonly machine: { node: string; platform: string; arch: string; cpus: number };
  /** Of the last minute, at the end; 0 where the system does not say. */
  readonly loadAverage: number;
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly timer: TimerFacts;
  readonly missing: readonly string[];
  /** The very first request of the server's process, nothing warm. */
  readonly first: { parseNs: number; wallNs: number };
  readonly scenes: readonly SceneResult[];
  readonly extras: readonly ExtraResult[];
  /** What cannot be measured from here. */
  readonly unseen: readonly string[];
}

const UNSEEN: readonly string[] = [
  "accept: the kernel's queue, accept(2) and the making of the Socket happen before JavaScript runs",
  "read: the wait and read(2) cannot be told apart; it also holds what the client took to send",
  "drain: ends when the kernel has the bytes; when the client got them, only the client knows",
  "drain: the write wakes the client; on the same CPU its work may come first, and counts here",
  "handshake, decrypt, encrypt: hold what Node puts around OpenSSL; OpenSSL alone costs less",
  "HPACK, QPACK inside of parse: receive() is one step; measured on the same field blocks right after",
  "decrypt, encrypt of HTTP/3: all of quiche's work; its steps are measured right after",
];

/** Called as the work goes on: what is being done, and how far it is (0 to 1). */
export type Progress = (text: string, share: number) => void;

export interface RunOptions {
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly version: string;
  readonly machine: JourneyResult["machine"];
  readonly progress: Progress;
}

/** Measured rounds come in this many turns through all scenes, so that a disturbance does not hit one scene alone. */
const TURNS = 3;

/** What the rounds of one scene have given so far. */
interface Samples {
  readonly scene: Scene;
  readonly trips: Trip[];
  readonly clientNs: number[];
}

/**
 * Runs the whole journey.
 * @throws Error where a client fails or an answer is not what it must be
 */
export async function runJourney(options: RunOptions): Promise<JourneyResult> {
  const transport = await quiche();
  const server = new JourneyServer(transport);
  await server.listen();
  const clients = new ClientProcess();
  try {
    const curl = curlAbilities();
    const timer = measureTimer();
    const hasQuic = transport !== null;
    const runs = scenes(hasQuic).map((scene) => samplesFor(scene, curl));
    const first = await runRounds(server, clients, runs, options);
    const extras: ExtraResult[] = [];
    for (const extra of hasQuic ? [...EXTRAS, ...H3_EXTRAS] : EXTRAS)
      extras.push(await runExtra(server, clients, extra));
    const { version, machine, rounds, warmUpRounds } = options;
    return {
      ...{ tool: "tercet journey", version, machine, loadAverage: loadavg()[0] as number },
      ...{ rounds, warmUpRounds, timer },
      missing: missingOf(curl, hasQuic),
      first: { parseNs: Math.round(first.parse), wallNs: Math.round(first.wall) },
      ...{ scenes: runs.map(sceneResult), extras, unseen: UNSEEN },
    };
  } finally {
    clients.end();
    server.close();
  }
}

/** What could not be shown, and why. */
function missingOf(curl: ReturnType<typeof curlAbilities>, hasQuic: boolean): string[] {
  const missing = ["fetch of this Node speaks HTTP/1.1 only: node:http2 sends the POST by HTTP/2"];
  if (!curl.isThere)
    missing.push("curl is not installed: node:http and node:http2 send the upload");
  else if (!curl.hasH2) missing.push("this curl has no HTTP/2: node:http2 sends that upload");
  if (!hasQuic) missing.push(`no HTTP/3: ${NO_QUICHE}`);
  return missing;
}

function samplesFor(scene: Scene, curl: ReturnType<typeof curlAbilities>): Samples {
  const hasCurl = scene.protocol === "http/1.1" ? curl.isThere : curl.hasH2;
  const isMissing = scene.client === "curl" && !hasCurl;
  const client = isMissing ? (scene.otherwise ?? scene.client) : scene.client;
  return { scene: { ...scene, client }, trips: [], clientNs: [] };
}

/** All rounds of all scenes; gives the very first trip, when nothing was warm. */
async function runRounds(
  server: JourneyServer,
  clients: ClientProcess,
  runs: readonly Samples[],
  options: RunOptions,
): Promise<Trip> {
  const { rounds, warmUpRounds, progress } = options;
  const all = (rounds + warmUpRounds) * runs.length;
  let done = 0;
  let first: Trip | null = null;
  for (let turn = 0; turn <= TURNS; turn++) {
    const isWarmUp = turn === 0;
    // The remainder goes to the first turns.
    const count = isWarmUp ? warmUpRounds : Math.floor((rounds + TURNS - turn) / TURNS);
    for (const run of runs) {
      const what = `${run.scene.title}, ${run.scene.protocol}, ${run.scene.client}`;
      const before = done;
      const tell = (trips: number) =>
        progress(isWarmUp ? `${what}: warming up` : what, (before + trips) / all);
      tell(0);
      const found = await runScene(server, clients, run.scene, count, tell);
      done += count;
      first ??= found.trips[0] as Trip;
      if (isWarmUp) continue;
      run.trips.push(...found.trips);
      run.clientNs.push(...found.clientNs);
    }
  }
  return first as Trip;
}

async function runScene(
  server: JourneyServer,
  clients: ClientProcess,
  scene: Scene,
  rounds: number,
  tell: (trips: number) => void,
): Promise<{ trips: Trip[]; clientNs: number[] }> {
  const { name, protocol, title, client } = scene;
  const trips = server.record(scene, tell);
  const place = server.place(protocol);
  const report = await clients.perform({ kind: "scene", name, client, place, rounds });
  const refused = report.statuses.find((status) => status !== 200);
  if (refused !== undefined) throw new Error(`${title}, ${protocol}: ${client} got ${refused}`);
  await settled(trips, rounds);
  return { trips, clientNs: report.samplesNs };
}

function sceneResult({ scene, trips, clientNs }: Samples): SceneResult {
  const { name, protocol, title, about, client, requests } = scene;
  const median = (pick: (trip: Trip) => number) => spread(trips.map(pick)).medianNs;
  return {
    ...{ name, protocol, title, about, client, requestsPerRound: requests },
    fields: median((trip) => trip.fields),
    bytesIn: median((trip) => trip.bytesIn),
    bytesOut: median((trip) => trip.bytesOut),
    reads: median((trip) => trip.reads),
    writes: median((trip) => trip.writes),
    stops: stopsOf(trips),
    parseWarm: spread(trips.map((trip) => trip.again.parse)),
    hpackWarm: spreadOrNull(trips.map((trip) => trip.again.hpack)),
    blockLength: median((trip) => trip.again.blockLength),
    fieldLength: median((trip) => trip.again.fieldLength),
    packets: packetResult(trips),
    server: spread(trips.map((trip) => trip.wall)),
    between: spread(trips.map((trip) => trip.wall - stopsTogether(trip))),
    clientTotal: spread(clientNs),
  };
}

function packetResult(trips: readonly Trip[]): PacketResult | null {
  const works = trips.map(({ again }) => again.packets).filter((work) => work !== null);
  if (works.length === 0) return null;
  const of = (pick: (work: PacketWork) => number) => spread(works.map(pick));
  return {
    count: of((work) => work.count).medianNs,
    frameCount: of((work) => work.frameCount).medianNs,
    length: of((work) => work.length).medianNs,
    headers: of((work) => work.headers),
    decrypt: of((work) => work.decrypt),
    frames: of((work) => work.frames),
  };
}

/** A request that ends early, or late. */
interface Extra {
  readonly name: ExtraName;
  readonly protocol: Protocol;
  readonly title: string;
}

const EXTRAS: readonly Extra[] = [
  { name: "cookies", protocol: "http/1.1", title: "Too many cookies" },
  { name: "stall", protocol: "http/1.1", title: "Stalled upload" },
  { name: "broken", protocol: "http/1.1", title: "Bad input" },
  { name: "cookies", protocol: "h2c", title: "Too many cookies" },
  { name: "stall", protocol: "h2c", title: "Stalled upload, window empty" },
  { name: "broken", protocol: "h2c", title: "Bad input" },
];

const H3_EXTRAS: readonly Extra[] = [
  { name: "cookies", protocol: "h3", title: "Too many cookies" },
  { name: "stall", protocol: "h3", title: "Stalled upload, window empty" },
  { name: "broken", protocol: "h3", title: "Bad input" },
];

const HELD = `the window of ${WINDOW_LENGTH.toLocaleString("en-GB")} B was used up, and opened again after ${STALL_MS} ms`;

const HELD_H3 = `${WINDOW_LENGTH.toLocaleString("en-GB")} B were not consumed: the stream was not read on for ${STALL_MS} ms`;

async function runExtra(
  server: JourneyServer,
  clients: ClientProcess,
  { name, protocol, title }: Extra,
): Promise<ExtraResult> {
  const isHeld = name === "stall" && protocol !== "http/1.1";
  const hold = isHeld ? { holdMs: STALL_MS, holdLength: WINDOW_LENGTH } : {};
  const trips = server.record({ protocol, requests: 1, ...hold });
  const place = server.place(protocol);
  const report = await clients.perform({ kind: "extra", name, place });
  await settled(trips, 1);
  // Of "broken" the good neighbour is recorded too.
  const trip = trips.find(({ failure }) => failure !== null) ?? (trips[0] as Trip);
  const { failure } = trip;
  if ((name === "stall") !== (failure === null))
    throw new Error(`${title}, ${protocol}: not the end it must have`);
  if (name === "stall" && trip.read < STALL_MS * 0.9e6)
    throw new Error(`${title}, ${protocol}: it did not stall`);
  const { code = "", rule = "", rfc = "", offset = 0 } = failure ?? {};
  const stop = failure === null ? "read" : "parse";
  return {
    ...{ name, protocol, title, stop, status: report.statuses[0] ?? 0 },
    error: failure === null ? null : { code, rule, rfc, offset },
    scope: failure?.scope ?? null,
    stopNs: Math.round(failure === null ? trip.read : trip.parse),
    parseNs: Math.round(trip.parse),
    wallNs: Math.round(trip.wall),
    ...{
      bytesIn: trip.bytesIn,
      bytesOut: trip.bytesOut,
      note: isHeld ? (protocol === "h3" ? HELD_H3 : HELD) : report.note,
    },
  };
}

/** The last callback of a drain may come after the client has its answer. */
async function settled(trips: readonly Trip[], count: number): Promise<void> {
  for (let turn = 0; turn < 500 && trips.length < count; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (trips.length < count) throw new Error(`${count - trips.length} rounds were not recorded`);
}

/** The process that sends. */
class ClientProcess {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL("./clients.js", import.meta.url)));

  /** @throws Error where it fails or ends */
  async perform(task: ClientTask): Promise<Extract<ClientReport, { kind: "done" }>> {
    const report = await new Promise<ClientReport>((resolve, reject) => {
      const onExit = () => reject(new Error("the client process has ended"));
      this.#child.once("exit", onExit);
      this.#child.once("message", (message) => {
        this.#child.off("exit", onExit);
        resolve(message as ClientReport);
      });
      this.#child.send(task);
    });
    if (report.kind === "failed") throw new Error(`the client failed: ${report.message}`);
    return report;
  }

  end(): void {
    this.#child.disconnect();
  }
}
