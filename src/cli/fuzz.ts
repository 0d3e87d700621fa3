// `tercet fuzz`: the fuzzers need the corpus and fast-check, which are not part of the package.

import type { Command } from "./main.js";
import { WrongUse } from "./wrong-use.js";

export const fuzz: Command = {
  help: `tercet fuzz: feeds mutated input to each parser.

The corpus and the targets are not part of the package: in a clone of the repository run

  npm install
  npm run fuzz                     lists the targets
  npm run fuzz -- TARGET [SECONDS]

The arbitraries and the attacks themselves are in the package: import "tercet/fuzz".
`,
  async run() {
    throw new WrongUse(
      "runs in a clone of the repository: npm install && npm run fuzz -- TARGET [SECONDS]",
      "fuzz",
    );
  },
};
