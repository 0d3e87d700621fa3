// `tercet bench`: the benchmark needs its peers, which are not part of the package.

import type { Command } from "./main.js";
import { WrongUse } from "./wrong-use.js";

export const bench: Command = {
  help: `tercet bench: compares the engine with other parsers.

The peers (llhttp, picohttpparser, ...) are not part of the package: in a clone of the repository run

  npm install
  npm run bench -- h1
`,
  async run() {
    throw new WrongUse(
      "runs in a clone of the repository: npm install && npm run bench -- h1",
      "bench",
    );
  },
};
