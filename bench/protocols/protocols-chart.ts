// The chart of the comparison: an SVG of our own making, for light and dark pages.
//
// One row a message: on the left the octets of its request, the first one and those behind it; on the right the time of the server by
// step. Below, memory. Every panel has its own scale, and every bar says its figure.

import { STEPS } from "../inputs/protocol-inputs.js";
import type { Cost, Held, MessageCosts } from "./protocols-findings.js";
import { TITLES, total } from "./protocols-findings.js";

const WIDTH = 960;
const LABEL = 78;
const LEFT = { x: 24, width: 290 };
const RIGHT = { x: 480, width: 370 };
const BAR = 16;
const LINE = 24;
const ROW = 130;
const TOP = 124;
const LEGEND = 76;
/** Width of a letter of the legend, about. */
const LETTER = 7;

const STYLE = `
  svg { background: #ffffff; font-family: system-ui, -apple-system, "Segoe UI", sans-serif; font-size: 13px }
  text { fill: #1f2328 } .quiet { fill: #59636e } .title { font-size: 19px; font-weight: 600 } .row { font-weight: 600 } .light { font-weight: 400 }
  .rule { stroke: #d1d9e0 }
  .later { fill: #0f766e } .first { fill: #0f766e; fill-opacity: .25 } .held { fill: #59636e }
  .s0 { fill: #0969da } .s1 { fill: #1a7f37 } .s2 { fill: #8c959f } .s3 { fill: #bc4c00 } .s4 { fill: #8250df }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117 } text { fill: #f0f6fc } .quiet { fill: #9198a1 } .rule { stroke: #3d444d }
    .later { fill: #2dd4bf } .first { fill: #2dd4bf; fill-opacity: .28 } .held { fill: #9198a1 }
    .s0 { fill: #4493f8 } .s1 { fill: #3fb950 } .s2 { fill: #6e7681 } .s3 { fill: #db6d28 } .s4 { fill: #ab7df8 }
  }`;

/** What the legend calls the steps. */
const STEP_TITLES: Readonly<Record<(typeof STEPS)[number], string>> = {
  receive: "receive and check",
  fields: "fields as strings",
  process: "application stub",
  serialize: "serialize the answer",
  take: "take the bytes",
};

/** The chart. @param machine where it was measured, and when */
export function protocolsChart(
  found: readonly MessageCosts[],
  held: readonly Held[],
  machine: string,
): string {
  const memoryAt = TOP + found.length * ROW;
  const height = memoryAt + ROW + 30;
  const parts = [
    text(24, 34, "What a request costs on HTTP/1.1, HTTP/2 and HTTP/3", "title"),
    text(
      24,
      56,
      "The same messages through one connection of tercet; without TLS, TCP and QUIC.",
      "quiet",
    ),
    ...legend(),
    ...found.flatMap((one, i) => messageRow(one, TOP + i * ROW)),
    ...memoryRow(held, memoryAt),
    text(24, height - 14, machine, "quiet"),
  ];
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  const label = "Bytes, time by step, and memory of a request in three protocols";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${label}">`,
    `<style>${STYLE}\n</style>`,
    `<rect width="100%" height="100%" fill="none"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

/** Bytes on the left; on the right the steps, as many in a line as there is room for. */
function legend(): string[] {
  const parts = [
    swatch(LEFT.x, LEGEND, "later", "octets of a request, without its content"),
    swatch(LEFT.x, LEGEND + 22, "first", "more in the first one of a connection"),
  ];
  let [x, y] = [RIGHT.x, LEGEND];
  STEPS.forEach((step, i) => {
    const width = 30 + STEP_TITLES[step].length * LETTER;
    if (x + width > WIDTH) [x, y] = [RIGHT.x, y + 22];
    parts.push(swatch(x, y, `s${i}`, STEP_TITLES[step]));
    x += width;
  });
  return parts;
}

function messageRow({ message, about, costs }: MessageCosts, y: number): string[] {
  const largestBytes = Math.max(...costs.map(({ sent }) => Math.max(sent.first, sent.later)));
  const largestTime = Math.max(...costs.map(total));
  return [
    `<line class="rule" x1="24" x2="${WIDTH - 24}" y1="${y}" y2="${y}"/>`,
    text(24, y + 24, `${message}<tspan class="quiet light" dx="8">${about}</tspan>`, "row"),
    text(RIGHT.x, y + 24, "CPU time of the server, by step", "quiet"),
    ...costs.flatMap((cost, i) => {
      const at = y + 38 + i * LINE;
      return [...bytesBar(cost, at, largestBytes), ...timeBar(cost, at, largestTime)];
    }),
  ];
}

function bytesBar({ protocol, sent }: Cost, y: number, largest: number): string[] {
  const x = LEFT.x + LABEL;
  const width = (value: number): number => (value / largest) * (LEFT.width - LABEL);
  const isSame = Math.round(sent.first) === Math.round(sent.later);
  const end = x + Math.max(width(sent.first), width(sent.later)) + 6;
  const figure = isSame
    ? `${number(sent.later)} B`
    : `${number(sent.later)} B (first: ${number(sent.first)})`;
  return [
    text(LEFT.x, y + 13, TITLES[protocol]),
    isSame ? "" : bar(x, y, width(sent.first), "first"),
    bar(x, y, width(sent.later), "later"),
    text(end, y + 13, figure),
  ];
}

function timeBar(cost: Cost, y: number, largest: number): string[] {
  let x = RIGHT.x + LABEL;
  const parts = [text(RIGHT.x, y + 13, TITLES[cost.protocol])];
  cost.steps.forEach((value, i) => {
    const width = (value / largest) * (RIGHT.width - LABEL);
    parts.push(
      bar(x, y, width, `s${i}`, `${STEP_TITLES[STEPS[i] as "take"]}: ${number(value)} ns`),
    );
    x += width;
  });
  parts.push(text(x + 6, y + 13, duration(total(cost))));
  return parts;
}

function memoryRow(held: readonly Held[], y: number): string[] {
  const largest = Math.max(...held.map(({ idle }) => idle));
  const panel = (x: number, width: number, value: (one: Held) => number): string[] =>
    held.flatMap((one, i) => {
      const at = y + 38 + i * LINE;
      const wide = (value(one) / largest) * (width - LABEL);
      return [
        text(x, at + 13, TITLES[one.protocol]),
        bar(x + LABEL, at, wide, "held"),
        text(x + LABEL + wide + 6, at + 13, `${number(value(one))} B`),
      ];
    });
  return [
    `<line class="rule" x1="24" x2="${WIDTH - 24}" y1="${y}" y2="${y}"/>`,
    text(24, y + 24, "memory: a connection that waits", "row"),
    text(RIGHT.x, y + 24, "memory: one more request that is not answered yet", "row"),
    ...panel(LEFT.x, LEFT.width, ({ idle }) => idle),
    ...panel(RIGHT.x, RIGHT.width, ({ open }) => open),
  ];
}

function bar(x: number, y: number, width: number, kind: string, hint = ""): string {
  const title = hint === "" ? "" : `<title>${hint}</title>`;
  const place = `x="${x.toFixed(1)}" y="${y}" width="${Math.max(width, 0.5).toFixed(1)}" height="${BAR}"`;
  return `<rect class="${kind}" ${place} rx="1.5">${title}</rect>`;
}

function swatch(x: number, y: number, kind: string, label: string): string {
  const square = `<rect class="${kind}" x="${x.toFixed(1)}" y="${y}" width="12" height="12" rx="2"/>`;
  return `${square}${text(x + 17, y + 11, label, "quiet")}`;
}

function text(x: number, y: number, words: string, kind = ""): string {
  const attribute = kind === "" ? "" : ` class="${kind}"`;
  return `<text${attribute} x="${x.toFixed(1)}" y="${y}">${words}</text>`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function duration(value: number): string {
  return value < 10_000 ? `${number(value)} ns` : `${(value / 1000).toFixed(0)} µs`;
}
