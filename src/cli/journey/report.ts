// The journey as tables for people: 100 columns, colours only where a terminal wants them. Bars have one scale for
// each scene, its costliest work; a wait that is longer than that is cut off and says so.

import { styleText } from "node:util";
import { comparison } from "./compare.js";
import { bytes, count, ms, times, us } from "./format.js";
import type { ExtraResult, JourneyResult, SceneResult, StopResult } from "./run.js";
import type { Spread } from "./statistics.js";

/** Colours or none. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  work(text: string): string;
  wait(text: string): string;
  bad(text: string): string;
}

const same = (text: string) => text;

export const PLAIN: Style = { bold: same, dim: same, work: same, wait: same, bad: same };

export const COLOURED: Style = {
  bold: (text) => styleText("bold", text),
  dim: (text) => styleText("dim", text),
  work: (text) => styleText("cyan", text),
  wait: (text) => styleText("yellow", text),
  bad: (text) => styleText("red", text),
};

const BAR_WIDTH = 36;
/** Stops that only requests over TLS come to. */
const IN_TLS: ReadonlySet<string> = new Set(["handshake", "decrypt", "encrypt"]);
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** The whole output. */
export function report(result: JourneyResult, style: Style): string {
  const parts = [
    heading(result, style),
    `${style.work("█")} work   ${style.wait("░")} waiting   › longer than the bar, whose scale is the costliest work of the scene`,
    ...result.scenes
      .filter(({ protocol }) => protocol === "http/1.1")
      .map((scene, at) => sceneText(scene, at + 1, style)),
    comparison(result.scenes, style),
    extrasText(result.extras, style),
    unseenText(result, style),
  ];
  return `${parts.join("\n\n")}\n`;
}

function heading(result: JourneyResult, style: Style): string {
  const { machine, timer, rounds, warmUpRounds, first, loadAverage } = result;
  const load = `load ${loadAverage.toFixed(1)}`;
  const isBusy = loadAverage > machine.cpus;
  return [
    style.bold("What one request costs, stop by stop"),
    `tercet ${result.version} on Node ${machine.node}, ${machine.platform} ${machine.arch}, ${machine.cpus} CPUs, ${isBusy ? style.bad(load) : load}; loopback`,
    ...(isBusy
      ? [style.bad("Other work keeps the CPUs busy: expect long waits and a wide spread.")]
      : []),
    `${rounds} rounds a scene after ${warmUpRounds} to warm up, each on a new connection, clients in their own process`,
    `clock: ${timer.source}, step ${timer.stepNs} ns; a reading costs ${timer.costNs} ns, and each figure holds one`,
    `the very first request, all code cold: parse ${us(first.parseNs)} µs, accept to drain ${us(first.wallNs)} µs`,
  ].join("\n");
}

function sceneText(scene: SceneResult, number: number, style: Style): string {
  const works = scene.stops.filter(({ kind }) => kind === "work");
  const scale = Math.max(...works.map(({ cost }) => cost?.medianNs ?? 0));
  const { requestsPerRound, fields } = scene;
  const what =
    requestsPerRound === 1
      ? `${fields} fields`
      : `${requestsPerRound} requests of ${fields} fields`;
  return [
    `${style.bold(`${number} ${scene.title}`)} by ${scene.client}: ${scene.about}`,
    `  ${what}: ${bytes(scene.bytesIn)} in ${times(scene.reads, "read")}; answer: ${bytes(scene.bytesOut)} in ${times(scene.writes, "write")}`,
    style.dim(`  ${"".padEnd(15)}${"median µs".padStart(10)}${"middle half".padStart(20)}`),
    ...scene.stops
      .filter(({ stop, cost }) => cost !== null || !IN_TLS.has(stop))
      .flatMap((stop) => stopLines(stop, scale, style)),
    totalLine(
      "parse, warm",
      scene.parseWarm,
      "the same bytes again right after, not in the sum",
      style,
    ),
    totalLine("between stops", scene.between, "event loop, and this measuring", style),
    totalLine("accept to drain", scene.server, "by the server's clock", style),
    totalLine("client's view", scene.clientTotal, "connect to last byte", style),
  ].join("\n");
}

function stopLines(stop: StopResult, scale: number, style: Style): string[] {
  if (stop.cost === null) {
    return [
      `  ${stop.stop.padEnd(15)}${"–".padStart(10)}${" ".repeat(22)}${style.dim("nothing to do")}`,
    ];
  }
  const paint = stop.kind === "wait" ? style.wait : style.work;
  const line = `${row(stop.stop, stop.cost)}  ${paint(bar(stop.cost.medianNs, scale, stop.kind))}`;
  const parts = Object.entries(stop.parts);
  if (parts.length < 2) return [line];
  return [line, ...parts.map(([name, cost]) => style.dim(row(`  ${name}`, cost)))];
}

function totalLine(name: string, cost: Spread, about: string, style: Style): string {
  return style.dim(`${row(name, cost)}  ${about}`);
}

function row(name: string, cost: Spread): string {
  const range = `${us(cost.p25Ns)} – ${us(cost.p75Ns)}`;
  return `  ${name.padEnd(15)}${us(cost.medianNs).padStart(10)}${range.padStart(20)}`;
}

/** A bar of eighths; at least a trace of what is there at all. */
function bar(value: number, scale: number, kind: StopResult["kind"]): string {
  const share = scale === 0 ? 0 : value / scale;
  if (kind === "wait") {
    if (share > 1) return `${"░".repeat(BAR_WIDTH - 1)}›`;
    return "░".repeat(Math.max(1, Math.round(share * BAR_WIDTH)));
  }
  const eighths = Math.max(1, Math.round(share * BAR_WIDTH * 8));
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

function extrasText(extras: readonly ExtraResult[], style: Style): string {
  return [
    style.bold("Requests that end early, or late (each is sent once)"),
    ...extras.map((extra) => extraText(extra, style)),
  ].join("\n");
}

function extraText(extra: ExtraResult, style: Style): string {
  const { error, title, status } = extra;
  const name = `${extra.protocol.padEnd(8)}  ${title}`;
  if (error === null) {
    const waited = ms(extra.stopNs);
    return [
      `  ${name}: ${style.wait("waits in read")}`,
      `    ${waited} ms of its ${ms(extra.wallNs)} ms; parse took ${us(extra.parseNs)} µs of them; then ${status}`,
      ...(extra.note === null ? [] : [`    ${extra.note}`]),
    ].join("\n");
  }
  const reset = extra.protocol === "h3" ? "RESET_STREAM" : "RST_STREAM";
  const answer = status === 0 ? reset : String(status);
  const ends = extra.scope === "stream" ? "the connection stays" : "then closed";
  return [
    `  ${name}: ${style.bad(`${answer}, refused in ${extra.stop}`)}`,
    `    ${error.code} at byte ${count(error.offset)} (${error.rfc}, ${error.rule})`,
    `    ${us(extra.parseNs)} µs of parsing, ${bytes(extra.bytesIn)} read, ${bytes(extra.bytesOut)} sent back, ${ends}`,
    ...(extra.note === null ? [] : [`    ${extra.note}`]),
  ].join("\n");
}

function unseenText(result: JourneyResult, style: Style): string {
  const lines = [...result.unseen, ...result.missing].map((line) => `  ${line}`);
  return style.dim(["Not seen from here", ...lines].join("\n"));
}
