// Cost over input size: for several shapes of input, in any cut, the exponent b of cost = a * size^b must stay near 1. An
// engine that scans the bytes of an unfinished head again at each piece shows 2 here.

import path from "node:path";
import type { PeerSpec } from "../harness/peer-process.js";
import { CACHE } from "../harness/project.js";
import type { Effort } from "../harness/rounds.js";
import { measure } from "../harness/rounds.js";
import { exponent, median } from "../harness/statistics.js";
import type { Delivery } from "../inputs/deliveries.js";
import { cut, randomCuts, whole } from "../inputs/deliveries.js";
import type { Workload } from "../inputs/h1-messages.js";
import { writeInput } from "../inputs/input-file.js";

/** One series of growing inputs. */
export interface Growth {
  readonly shape: string;
  readonly delivery: string;
  /** Bytes of each input, and ns of CPU time it cost. */
  readonly sizes: readonly number[];
  readonly costs: readonly number[];
  readonly exponent: number;
}

interface Shape {
  readonly name: string;
  readonly steps: readonly number[];
  workload(step: number): Workload;
}

/** All within the default limits. */
const SHAPES: readonly Shape[] = [
  {
    name: "one long field",
    steps: [1000, 2000, 4000, 8000, 16_000],
    workload: (length) => request([`X-Long: ${"v".repeat(length)}`], 1),
  },
  {
    name: "many fields",
    steps: [12, 25, 50, 100, 190],
    workload: (count) =>
      request(
        Array.from({ length: count }, (_, i) => `X-Field-${i}: ${"v".repeat(30)}`),
        1,
      ),
  },
  {
    name: "pipelined requests",
    steps: [8, 16, 32, 64, 128],
    workload: (count) => request(["Accept: */*", `Cookie: ${"c".repeat(300)}`], count),
  },
  { name: "many chunks", steps: [256, 512, 1024, 2048, 4096], workload: chunkedRequest },
];

const DELIVERIES: readonly Delivery[] = [whole(128), cut(1460), randomCuts(64), cut(1)];

/** Measures every shape in every delivery with one peer. */
export async function measureGrowth(
  peer: PeerSpec,
  effort: Effort,
  prefix: readonly string[],
): Promise<Growth[]> {
  const found: Growth[] = [];
  for (const shape of SHAPES) {
    for (const delivery of DELIVERIES) {
      const sizes: number[] = [];
      const costs: number[] = [];
      for (const step of shape.steps) {
        const workload = shape.workload(step);
        const count = workload.messages.length;
        const input = path.join(CACHE, "growth.input");
        writeInput(input, workload, delivery);
        const expected = {
          messages: count,
          fields: workload.fields * count,
          bodyBytes: workload.bodyBytes * count,
        };
        const samples = await measure([peer], input, expected, effort, prefix);
        sizes.push(workload.size * count);
        costs.push(median(samples[peer.id] ?? []) * count);
      }
      found.push({
        shape: shape.name,
        delivery: delivery.name === "x128" ? "whole" : delivery.name,
        sizes,
        costs,
        exponent: exponent(sizes, costs),
      });
    }
  }
  return found;
}

function request(fields: readonly string[], count: number): Workload {
  const head = `GET /growth HTTP/1.1\r\nHost: example.org\r\n${fields.join("\r\n")}\r\n\r\n`;
  return workload(head, fields.length + 1, 0, count);
}

function chunkedRequest(chunks: number): Workload {
  const head = "PUT /growth HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n";
  const body = `10\r\n${"d".repeat(16)}\r\n`.repeat(chunks);
  return workload(`${head}${body}0\r\n\r\n`, 2, chunks * 16, 1);
}

function workload(text: string, fields: number, bodyBytes: number, count: number): Workload {
  const message = new TextEncoder().encode(text);
  return {
    name: "growth",
    role: "request",
    size: message.length,
    fields,
    bodyBytes,
    chunked: bodyBytes > 0,
    messages: Array.from({ length: count }, () => message),
  };
}
