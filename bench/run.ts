// `npm run bench -- NAME`: runs one benchmark. Exit code 0: every mark that was measured is reached; 1: one is missed, or a
// peer gave a wrong answer; 2: wrong use.

import type { Options } from "./options.js";
import { readOptions, USAGE } from "./options.js";
import { benchH1 } from "./protocols/h1.js";

const BENCHMARKS: Readonly<Record<string, (options: Options) => Promise<number>>> = { h1: benchH1 };

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
  const benchmark = BENCHMARKS[options.name];
  if (benchmark === undefined) {
    console.error(`bench: there is no benchmark ${options.name}; there is h1`);
    return 2;
  }
  try {
    return await benchmark(options);
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`);
    return 1;
  }
}
