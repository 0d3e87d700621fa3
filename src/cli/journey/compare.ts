// The same requests by HTTP/1.1, h2c and h2 over TLS, side by side: a table of medians for each scene, and below it
// the work of each as one bar of letters, so that one sees at which stop a protocol costs more.

import { count, us } from "./format.js";
import type { Style } from "./report.js";
import type { SceneResult, StopName } from "./run.js";
import type { Protocol } from "./trip.js";

const PROTOCOLS: readonly (readonly [Protocol, title: string])[] = [
  ["http/1.1", "HTTP/1.1"],
  ["h2c", "h2c"],
  ["h2", "h2, TLS"],
];

/** A letter for the work of each stop; the wait has none. */
const LETTERS: Readonly<Partial<Record<StopName, string>>> = {
  accept: "a",
  handshake: "h",
  decrypt: "x",
  parse: "p",
  decode: "d",
  process: "w",
  serialize: "s",
  encrypt: "e",
  drain: "k",
};

const NAME_WIDTH = 24;
const COLUMN_WIDTH = 14;
const BAR_WIDTH = 80;

/** All scenes, each with its three columns. */
export function comparison(scenes: readonly SceneResult[], style: Style): string {
  const legend = Object.entries(LETTERS).map(([stop, letter]) => `${letter} ${stop}`);
  const names = [...new Set(scenes.map(({ name }) => name))];
  return [
    style.bold("The same requests by HTTP/2: each stop against HTTP/1.1, median µs"),
    legend.join("  "),
    "letters: the work of each stop, on one scale for the three; waiting is not in them;",
    "every round opens a connection of its own, so that TLS pays for its handshake each time",
    ...names.map((name) => {
      const own = scenes.filter((scene) => scene.name === name);
      return `\n${sceneTable(inOrder(own), style)}`;
    }),
  ].join("\n");
}

function inOrder(scenes: readonly SceneResult[]): SceneResult[] {
  return PROTOCOLS.map(
    ([protocol]) => scenes.find((scene) => scene.protocol === protocol) as SceneResult,
  );
}

function sceneTable(scenes: readonly SceneResult[], style: Style): string {
  const [first] = scenes as [SceneResult];
  const stops = first.stops.map(({ stop }) => stop);
  const cost = (scene: SceneResult, name: StopName) =>
    scene.stops.find(({ stop }) => stop === name)?.cost?.medianNs ?? null;
  const time = (name: string, pick: (scene: SceneResult) => number | null) =>
    line(
      name,
      scenes.map(pick).map((ns) => (ns === null ? "–" : us(ns))),
    );
  const pair = (one: number, other: number) => `${count(one)} / ${count(other)}`;
  return [
    style.bold(
      line(
        first.title,
        PROTOCOLS.map(([, title]) => title),
        0,
      ),
    ),
    style.dim(
      line(
        "",
        scenes.map(({ client }) => client.replace("node:net + ", "").replace("node:tls + ", "")),
      ),
    ),
    ...stops.map((stop) =>
      time(stop === "read" ? "read (waiting)" : stop, (scene) => cost(scene, stop)),
    ),
    time("work together", workOf),
    style.dim(time("parse, warm", (scene) => scene.parseWarm.medianNs)),
    style.dim(time("  HPACK of it", (scene) => scene.hpackWarm?.medianNs ?? null)),
    style.dim(time("client's view", (scene) => scene.clientTotal.medianNs)),
    style.dim(
      line(
        "bytes in / out",
        scenes.map((scene) => pair(scene.bytesIn, scene.bytesOut)),
      ),
    ),
    style.dim(
      line(
        "field block / fields",
        scenes.map((scene) => blockOf(scene)),
      ),
    ),
    ...bars(scenes, style),
  ].join("\n");
}

/** Compressed bytes, and what they stand for. */
function blockOf({ blockLength, fieldLength, hpackWarm }: SceneResult): string {
  return hpackWarm === null ? "–" : `${count(blockLength)} / ${count(fieldLength)}`;
}

function line(name: string, columns: readonly string[], indent = 2): string {
  const first = `${" ".repeat(indent)}${name}`.padEnd(NAME_WIDTH);
  return `${first}${columns.map((text) => text.padStart(COLUMN_WIDTH)).join("")}`;
}

/** Without the wait for bytes. */
function workOf({ stops }: SceneResult): number {
  const works = stops.filter(({ kind }) => kind === "work");
  return works.reduce((sum, { cost }) => sum + (cost?.medianNs ?? 0), 0);
}

/** One scale for the three: the most work fills the width. */
function bars(scenes: readonly SceneResult[], style: Style): string[] {
  const scale = BAR_WIDTH / Math.max(...scenes.map(workOf));
  return PROTOCOLS.map(([, title], at) => {
    let [drawn, sum] = ["", 0];
    for (const { stop, kind, cost } of (scenes[at] as SceneResult).stops) {
      if (kind !== "work" || cost === null) continue;
      sum += cost.medianNs;
      // Rounded at the ends, so that the whole has the right length.
      drawn += (LETTERS[stop] ?? "").repeat(Math.max(0, Math.round(sum * scale) - drawn.length));
    }
    return `  ${title.padEnd(9)} ${style.work(drawn)}`;
  });
}
