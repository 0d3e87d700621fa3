// The public QPACK lists (qifs) in the folder that TERCET_DATA names: lists of fields of three sites, and what some encoders
// made of them. Read in place, never copied.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

/** The half of the collection that is for development. */
const FILE = "qifs-dev.bin.gz";

/** Records in a file begin with a stream id of eight octets and a length of four. */
const RECORD_HEADER = 12;

/** What one encoder made of one list of lists at one setting. */
export interface QifCase {
  readonly impl: string;
  readonly qif: string;
  /** Capacity of the dynamic table, which it has from the start. */
  readonly cap: number;
  /** Streams that may be blocked. */
  readonly blocked: number;
  /** 1: every section is acknowledged at once; 0: none ever is. */
  readonly ack: number;
  /** Octets of all sections and of the encoder stream. */
  readonly length: number;
  /** Streams with a section that refers to the dynamic table. */
  readonly dynamicStreams: number;
}

/** The lists by their name, and the cases. */
export interface Qifs {
  readonly lists: ReadonlyMap<string, readonly (readonly string[])[]>;
  readonly cases: readonly QifCase[];
}

interface Header {
  readonly qifs: Readonly<Record<string, readonly (readonly (readonly [string, string])[])[]>>;
  readonly cases: readonly {
    readonly impl: string;
    readonly qif: string;
    readonly cap: number;
    readonly blocked: number;
    readonly ack: number;
    readonly off: number;
    readonly len: number;
  }[];
}

/** The collection; null where there is no TERCET_DATA. */
export function qifs(): Qifs | null {
  const folder = process.env.TERCET_DATA;
  if (folder === undefined) return null;
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return null;
  const bytes = gunzipSync(readFileSync(file));
  const headerLength = bytes.readUInt32LE(0);
  const header: Header = JSON.parse(bytes.toString("utf8", 4, 4 + headerLength));
  const records = bytes.subarray(4 + headerLength);
  const lists = new Map(
    Object.entries(header.qifs).map(([name, all]) => [name, all.map((list) => list.flat())]),
  );
  const cases = header.cases.map(({ impl, qif, cap, blocked, ack, off, len }) => ({
    ...{ impl, qif, cap, blocked, ack },
    ...measure(records.subarray(off, off + len)),
  }));
  return { lists, cases };
}

function measure(records: Buffer): { length: number; dynamicStreams: number } {
  const dynamic = new Set<bigint>();
  let length = 0;
  for (let at = 0; at < records.length; ) {
    const id = records.readBigUInt64BE(at);
    const count = records.readUInt32BE(at + 8);
    // A Required Insert Count that is not 0.
    if (id !== 0n && records[at + RECORD_HEADER] !== 0) dynamic.add(id);
    length += count;
    at += RECORD_HEADER + count;
  }
  return { length, dynamicStreams: dynamic.size };
}
