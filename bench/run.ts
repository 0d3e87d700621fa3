// `npm run bench -- NAME...`: runs benchmarks, one after the other. Exit code 0: every mark that was measured is reached; 1: one is missed, or a
// peer gave a wrong answer; 2: wrong use.

import type { Options } from "./options.js";
import { readOptions, USAGE } from "./options.js";
import { benchH1 } from "./protocols/h1.js";
import { benchH2 } from "./protocols/h2.js";
import { benchH3 } from "./protocols/h3.js";
import { benchHpack } from "./protocols/hpack.js";
import { benchProtocols } from "./protocols/protocols.js";
import { benchQpack } from "./protocols/qpack.js";
import { benchQuic } from "./protocols/quic.js";

const BENCHMARKS: Readonly<Record<string, (options: Options) => Promise<number>>> = {
  h1: benchH1,
  hpack: benchHpack,
  h2: benchH2,
  qpack: benchQpack,
  h3: benchH3,
  quic: benchQuic,
  protocols: benchProtocols,
};

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  if (words.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const known = Object.keys(BENCHMARKS).join(", ");
  for (const name of options.names) {
    if (Object.hasOwn(BENCHMARKS, name)) continue;
    console.error(`bench: there is no benchmark ${name}; there are ${known}`);
    return 2;
  }
  let code = 0;
  for (const name of options.names) {
    try {
      code = Math.max(code, (await BENCHMARKS[name]?.(options)) ?? 0);
    } catch (error) {
      console.error(`bench: ${(error as Error).message}`);
      code = 1;
    }
  }
  return code;
}
