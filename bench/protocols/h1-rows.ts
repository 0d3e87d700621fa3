// The rows of the HTTP/1.1 benchmark: a workload in a delivery.

import type { Delivery } from "../inputs/deliveries.js";
import { cut, randomCuts, whole } from "../inputs/deliveries.js";
import type { Workload } from "../inputs/h1-messages.js";
import { h1Workloads } from "../inputs/h1-messages.js";

/** One line of the table. */
export interface Row {
  /** "browser x16": also the key in the record. */
  readonly name: string;
  readonly workload: Workload;
  readonly delivery: Delivery;
}

const MESSAGE_DELIVERIES = [
  whole(1),
  whole(16),
  whole(64),
  cut(1460),
  randomCuts(64),
  cut(1),
] as const;

const CHUNK_DELIVERIES = [whole(1), cut(1460), randomCuts(64), cut(1)] as const;

/** Every row, in the order of the table. */
export function h1Rows(): Row[] {
  return h1Workloads().flatMap((workload) => {
    const deliveries = workload.chunked ? CHUNK_DELIVERIES : MESSAGE_DELIVERIES;
    return deliveries.map((delivery) => ({
      name: rowName(workload.name, delivery.name),
      workload,
      delivery,
    }));
  });
}

/** The name of a row: "chunk16 1-64 B pieces". A single big message needs no "x1". */
export function rowName(workload: string, delivery: string): string {
  return workload.startsWith("chunk") && delivery === "x1" ? workload : `${workload} ${delivery}`;
}
