// The same requests by HTTP/1.1, h2c, h2 over TLS and h3 over QUIC, side by side: a table of medians for each scene, and below it
// the work of each as one bar of letters, so that one sees at which stop a protocol costs more.

import { count, us } from "./format.js";
import type { Style } from "./report.js";
import type { PacketResult, SceneResult, StopName } from "./run.js";
import type { Protocol } from "./trip.js";

const PROTOCOLS: readonly (readonly [Protocol, title: string])[] = [
  ["http/1.1", "HTTP/1.1"],
  ["h2c", "h2c"],
  ["h2", "h2, TLS"],
  ["h3", "h3, QUIC"],
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
  const shown = PROTOCOLS.filter(([protocol]) => scenes.some((one) => one.protocol === protocol));
  return [
    style.bold("The same requests by HTTP/2 and HTTP/3: each stop against HTTP/1.1, median µs"),
    legend.join("  "),
    "letters: the work of each stop, on one scale for all; waiting is not in them;",
    "every round opens a connection of its own, so that TLS pays for its handshake each time;",
    "decrypt and encrypt of h3 are quiche's whole work on packets, acknowledgements included; opened once",
    "more by tercet/quic, its packets show what decryption and packet parsing cost apart from each other",
    ...names.map((name) => {
      const own = scenes.filter((scene) => scene.name === name);
      return `\n${sceneTable(inOrder(own, shown), shown, style)}`;
    }),
  ].join("\n");
}

type Shown = typeof PROTOCOLS;

function inOrder(scenes: readonly SceneResult[], shown: Shown): SceneResult[] {
  return shown.map(
    ([protocol]) => scenes.find((scene) => scene.protocol === protocol) as SceneResult,
  );
}

function sceneTable(scenes: readonly SceneResult[], shown: Shown, style: Style): string {
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
        shown.map(([, title]) => title),
        0,
      ),
    ),
    style.dim(
      line(
        "",
        scenes.map(({ client }) => client.replace(/^[\w:]+ \+ /, "")),
      ),
    ),
    ...stops.map((stop) =>
      time(stop === "read" ? "read (waiting)" : stop, (scene) => cost(scene, stop)),
    ),
    time("work together", workOf),
    style.dim(time("parse, warm", (scene) => scene.parseWarm.medianNs)),
    style.dim(time("  HPACK, QPACK of it", (scene) => scene.hpackWarm?.medianNs ?? null)),
    ...(scenes.some(({ packets }) => packets !== null) ? packetLines(scenes, time, style) : []),
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
    ...bars(scenes, shown, style),
  ].join("\n");
}

/** The steps of a packet apart from each other, which in `decrypt` are one. */
function packetLines(
  scenes: readonly SceneResult[],
  time: (name: string, pick: (scene: SceneResult) => number | null) => string,
  style: Style,
): string[] {
  const step = (name: string, pick: (packets: PacketResult) => number) =>
    style.dim(time(name, ({ packets }) => (packets === null ? null : pick(packets))));
  const about = scenes.map(({ packets }) =>
    packets === null ? "–" : `${count(packets.count)} / ${count(packets.length)}`,
  );
  return [
    style.dim(line("packets / their bytes", about)),
    step("  decryption of them", ({ decrypt }) => decrypt.medianNs),
    step("  packet parsing", ({ headers, frames }) => headers.medianNs + frames.medianNs),
    step("    headers", ({ headers }) => headers.medianNs),
    step("    frames", ({ frames }) => frames.medianNs),
  ];
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

/** One scale for all: the most work fills the width. */
function bars(scenes: readonly SceneResult[], shown: Shown, style: Style): string[] {
  const scale = BAR_WIDTH / Math.max(...scenes.map(workOf));
  return shown.map(([, title], at) => {
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
