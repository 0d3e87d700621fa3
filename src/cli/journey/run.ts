// Runs the scenes: tells the client process what to send, collects what the server recorded, and checks that all of
// it was answered. Rules of the file: rounds to warm up are sent in the same way and left out; what is not
// measured is null, never a guess.

import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import {
  type ClientName,
  type ClientReport,
  type ClientTask,
  type ExtraName,
  SCENES,
  type Scene,
  STALL_MS,
} from "./scenes.js";
import { JourneyServer } from "./server.js";
import { type Spread, spreadOf } from "./statistics.js";
import { measureTimer, type TimerFacts } from "./stopwatch.js";
import type { Trip } from "./visit.js";

export type StopName = "accept" | "read" | "parse" | "decode" | "process" | "serialize" | "drain";

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
  /** Accept to drain by the clock on the wall. */
  readonly server: Spread;
  /** What of it lies between the stops: the event loop, and the measuring itself. */
  readonly between: Spread;
  /** Connect to last byte, as the client saw it. */
  readonly clientTotal: Spread;
}

export interface ExtraResult {
  readonly name: ExtraName;
  readonly title: string;
  /** The stop where it ended, or where it waited. */
  readonly stop: StopName;
  readonly status: number;
  readonly error: { code: string; rule: string; rfc: string; offset: number } | null;
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
  const server = new JourneyServer();
  await server.listen();
  const clients = new ClientProcess();
  try {
    const hasCurl = spawnSync("curl", ["--version"], { stdio: "ignore" }).status === 0;
    const timer = measureTimer();
    const runs = SCENES.map((scene) => samplesFor(scene, hasCurl));
    const first = await runRounds(server, clients, runs, options);
    const extras = [
      await runExtra(server, clients, "cookies", "Too many cookies"),
      await runExtra(server, clients, "stall", "Stalled upload"),
      await runExtra(server, clients, "broken", "Bad input"),
    ];
    const { version, machine, rounds, warmUpRounds } = options;
    return {
      ...{ tool: "tercet journey", version, machine, loadAverage: loadavg()[0] as number },
      ...{ rounds, warmUpRounds, timer },
      missing: hasCurl ? [] : ["curl is not installed: node:http sends the upload"],
      first: { parseNs: Math.round(first.parse), wallNs: Math.round(first.wall) },
      ...{ scenes: runs.map(sceneResult), extras, unseen: UNSEEN },
    };
  } finally {
    clients.end();
    server.close();
  }
}

function samplesFor(scene: Scene, hasCurl: boolean): Samples {
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
      const what = `${run.scene.title}, ${run.scene.client}`;
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
  const { name, title, client, requests } = scene;
  const trips = server.record(requests, tell);
  const report = await clients.perform({ kind: "scene", name, client, port: server.port, rounds });
  const refused = report.statuses.find((status) => status !== 200);
  if (refused !== undefined) throw new Error(`${title}: ${client} got ${refused}`);
  await settled(trips, rounds);
  return { trips, clientNs: report.samplesNs };
}

function sceneResult({ scene, trips, clientNs }: Samples): SceneResult {
  const { name, title, about, client, requests } = scene;
  const median = (pick: (trip: Trip) => number) => spreadOf(trips.map(pick))?.medianNs ?? 0;
  return {
    ...{ name, title, about, client, requestsPerRound: requests },
    fields: median((trip) => trip.fields),
    bytesIn: median((trip) => trip.bytesIn),
    bytesOut: median((trip) => trip.bytesOut),
    reads: median((trip) => trip.reads),
    writes: median((trip) => trip.writes),
    stops: stopsOf(trips),
    parseWarm: spread(trips.map((trip) => trip.parseWarm)),
    server: spread(trips.map((trip) => trip.wall)),
    between: spread(trips.map((trip) => trip.wall - stopsTogether(trip))),
    clientTotal: spread(clientNs),
  };
}

function stopsTogether(trip: Trip): number {
  const { accept, read, parse, gunzip, json, serialize, drain } = trip;
  const before = (accept ?? 0) + read + parse + (gunzip ?? 0) + (json ?? 0);
  return before + trip.process + serialize + drain;
}

function stopsOf(trips: readonly Trip[]): StopResult[] {
  const samples = (pick: (trip: Trip) => number | null) =>
    spreadOf(trips.map(pick).filter((ns) => ns !== null));
  const work = (stop: StopName, pick: (trip: Trip) => number | null): StopResult => ({
    ...{ stop, kind: "work", cost: samples(pick), parts: {} },
  });
  const gunzip = samples((trip) => trip.gunzip);
  const json = samples((trip) => trip.json);
  const parts = { ...(gunzip && { gunzip }), ...(json && { json }) };
  const decode = (trip: Trip) =>
    trip.gunzip === null && trip.json === null ? null : (trip.gunzip ?? 0) + (trip.json ?? 0);
  return [
    work("accept", (trip) => trip.accept),
    { ...work("read", (trip) => trip.read), kind: "wait" },
    work("parse", (trip) => trip.parse),
    { ...work("decode", decode), parts },
    work("process", (trip) => trip.process),
    work("serialize", (trip) => trip.serialize),
    work("drain", (trip) => trip.drain),
  ];
}

async function runExtra(
  server: JourneyServer,
  clients: ClientProcess,
  name: ExtraName,
  title: string,
): Promise<ExtraResult> {
  const trips = server.record(1);
  const report = await clients.perform({ kind: "extra", name, port: server.port });
  await settled(trips, 1);
  // Of "broken" the good neighbour is recorded too.
  const trip = trips.find(({ failure }) => failure !== null) ?? (trips[0] as Trip);
  const { failure } = trip;
  if ((name === "stall") !== (failure === null))
    throw new Error(`${title}: not the end it must have`);
  if (name === "stall" && trip.read < STALL_MS * 0.9e6)
    throw new Error(`${title}: it did not stall`);
  const { code = "", rule = "", rfc = "", offset = 0 } = failure ?? {};
  return {
    ...{ name, title, stop: failure === null ? "read" : "parse", status: report.statuses[0] ?? 0 },
    error: failure === null ? null : { code, rule, rfc, offset },
    stopNs: Math.round(failure === null ? trip.read : trip.parse),
    parseNs: Math.round(trip.parse),
    wallNs: Math.round(trip.wall),
    ...{ bytesIn: trip.bytesIn, bytesOut: trip.bytesOut, note: report.note },
  };
}

/** The last callback of a drain may come after the client has its answer. */
async function settled(trips: readonly Trip[], count: number): Promise<void> {
  for (let turn = 0; turn < 500 && trips.length < count; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (trips.length < count) throw new Error(`${count - trips.length} rounds were not recorded`);
}

function spread(samples: readonly number[]): Spread {
  const found = spreadOf(samples);
  if (found === null) throw new Error("nothing was measured");
  return found;
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
