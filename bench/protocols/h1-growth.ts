// Growing inputs of HTTP/1.1, all within the default limits.

import type { GrowthSeries } from "../harness/growth.js";
import type { Delivery } from "../inputs/deliveries.js";
import { cut, randomCuts, whole } from "../inputs/deliveries.js";
import type { Workload } from "../inputs/h1-messages.js";
import { writeInput } from "../inputs/input-file.js";

interface Shape {
  readonly name: string;
  readonly steps: readonly number[];
  workload(step: number): Workload;
}

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

/** Every shape in every delivery. */
export function h1Growth(): GrowthSeries[] {
  return SHAPES.flatMap((shape) =>
    DELIVERIES.map((delivery) => ({
      shape: shape.name,
      delivery: delivery.name === "x128" ? "whole" : delivery.name,
      inputs: shape.steps.map((step) => growthInput(shape.workload(step), delivery)),
    })),
  );
}

function growthInput(workload: Workload, delivery: Delivery): GrowthSeries["inputs"][number] {
  const messages = workload.messages.length;
  return {
    size: workload.size * messages,
    expected: {
      messages,
      fields: workload.fields * messages,
      bodyBytes: workload.bodyBytes * messages,
    },
    write: (file) => writeInput(file, workload, delivery),
  };
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
