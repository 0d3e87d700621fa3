// `tercet journey`: what each stop of a request costs. This file reads the options and prints; journey/ does the work.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { COLOURED, PLAIN, report } from "./journey/report.js";
import { type JourneyResult, runJourney } from "./journey/run.js";
import type { Command } from "./main.js";
import { readArguments, wholeNumber } from "./wrong-use.js";

const DEFAULT_ROUNDS = 300;
/** Until the engine's and the application's code is compiled for good. */
const WARM_UP_ROUNDS = 200;

const HELP = `tercet journey [OPTIONS]: what each stop of a request costs, measured on real traffic.

Starts a server on loopback that runs on the engine. Clients in another process (node:http, node:http2, fetch, curl where
it is installed) send it a browser-like GET, a JSON POST, a chunked gzip upload and a burst of 16 requests: by HTTP/1.1, by
HTTP/2 in the clear (h2c), by HTTP/2 over TLS, agreed by ALPN, and, where the package @matrixai/quic is installed, by
HTTP/3 over its QUIC (there the client is the engine's own). Then come requests that end early, or late.
The clock is read before and after each step; nothing is estimated.

  accept     connection handed to JavaScript → connection ready
  handshake  TLS or QUIC, without the waiting for the client
  read       waiting for bytes (client, kernel, event loop)
  decrypt    ciphertext → plaintext; HTTP/3: packets → bytes of streams, acknowledgements included
  parse      bytes → events: receive of H1Connection or H2Connection (frames and HPACK), receiveStream of H3Connection
  decode     gunzip, JSON.parse
  process    the application's own work
  serialize  answer → bytes, sendResponse and take or takeStreams
  encrypt    plaintext → ciphertext; HTTP/3: bytes of streams → packets
  drain      last write → the kernel has all bytes

A server that waits between requests finds its caches cold: "parse, warm" is the same bytes parsed again right after, and
"HPACK, QPACK of it" the field blocks alone; "packets" the QUIC packets of the
trip opened and parsed by tercet/quic, decryption and parsing apart. Other clients do not pipeline: the burst is sent by the engine as a client.

  --rounds N   measured rounds a scene, 10 to 100,000   (default ${DEFAULT_ROUNDS})
  --json       one JSON document instead of the table
  --help

Why ${DEFAULT_ROUNDS} rounds: with n rounds the true median lies, 95 times of 100, between the ranks n/2 ± 0.98 √n: of 300
between the 44th and the 56th percentile, well inside the middle half (p25 to p75) that is shown as the spread.
${WARM_UP_ROUNDS} rounds of each scene (as many as N, if N is smaller) go first and do not count: until then much of the code
is not compiled for good. The measured rounds come in three turns through all scenes, so that a disturbance of the
machine does not hit one scene alone.

The JSON document: { tool, version, machine: { node, platform, arch, cpus }, loadAverage, rounds, warmUpRounds,
  timer: { source, stepNs, costNs }, missing: [text], first: { parseNs, wallNs }, unseen: [text],
  scenes: [{ name, protocol: "http/1.1" | "h2c" | "h2" | "h3", title, about, client, requestsPerRound, fields, bytesIn, bytesOut,
    reads, writes, stops: [{ stop, kind: "work" | "wait", cost: SPREAD | null, parts: { name: SPREAD } }],
    parseWarm: SPREAD, hpackWarm: SPREAD | null, blockLength, fieldLength,
    packets: { count, frameCount, length, headers: SPREAD, decrypt: SPREAD, frames: SPREAD } | null, server: SPREAD, between: SPREAD,
    clientTotal: SPREAD }],
  extras: [{ name, protocol, title, stop, status, error: { code, rule, rfc, offset } | null, scope, stopNs, parseNs,
    wallNs, bytesIn, bytesOut, note }] }
SPREAD = { samples, medianNs, p10Ns, p25Ns, p75Ns, p90Ns, medianLowNs, medianHighNs }, all in ns; medianLowNs and
medianHighNs are the 95 % interval of the median. All times are of a round (of 16 requests in the burst), all bytes without
TLS; blockLength is what of them are field blocks, fieldLength their names and values; reads and writes of HTTP/3 are
packets. status 0: RST_STREAM or RESET_STREAM.

Exit code: 0 all was answered as it must be, 1 it was not, 2 wrong use.
`;

export const journey: Command = { help: HELP, run };

async function run(args: string[]): Promise<number> {
  const { values } = readArguments("journey", {
    args,
    options: { rounds: { type: "string" }, json: { type: "boolean" } },
  } as const);
  const text = values.rounds ?? String(DEFAULT_ROUNDS);
  const rounds = wholeNumber("journey", "rounds", text, 10, 100_000);
  let result: JourneyResult;
  const progress = progressLine();
  try {
    result = await runJourney({
      rounds,
      warmUpRounds: Math.min(rounds, WARM_UP_ROUNDS),
      version: version(),
      machine: {
        node: process.versions.node,
        platform: process.platform,
        arch: process.arch,
        cpus: availableParallelism(),
      },
      progress: progress.show,
    });
  } catch (error) {
    progress.clear();
    process.stderr.write(`tercet journey: ${(error as Error).message}\n`);
    return 1;
  }
  progress.clear();
  const isPlain = !process.stdout.isTTY || Boolean(process.env.NO_COLOR);
  const output = values.json
    ? `${JSON.stringify(result, null, 2)}\n`
    : report(result, isPlain ? PLAIN : COLOURED);
  process.stdout.write(output);
  return 0;
}

/** One line on stderr that is written anew; on no terminal nothing is said before the result. */
function progressLine(): { show(text: string, share: number): void; clear(): void } {
  if (!process.stderr.isTTY) return { show() {}, clear() {} };
  let shownAt = 0;
  return {
    show(text, share) {
      const at = performance.now();
      // Seldom: writing to a terminal would show up in the figures.
      if (at - shownAt < 250) return;
      shownAt = at;
      process.stderr.write(`\r\u001b[K${Math.floor(share * 100)} %  ${text}`);
    },
    clear: () => void process.stderr.write("\r\u001b[K"),
  };
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
