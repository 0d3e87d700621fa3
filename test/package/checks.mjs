// Every check of the packed package: a name, and a function that throws when the check fails. The context
// is { root, temporary, consumer, packed, peers }: see run.mjs.
import { existsSync } from "node:fs";
import path from "node:path";
import { bundleChecks } from "./bundles.mjs";
import { checkContents } from "./contents.mjs";
import { pageChecks } from "./pages.mjs";
import { run, runExpecting } from "./process.mjs";
import { workerChecks } from "./workers.mjs";

const NODES = ["node20.19", "node20", "node22", "node24", "node26"];

const tarball = [
  {
    name: "the tarball holds what it should",
    run: (context) => checkContents(context.root, context.packed),
  },
  {
    name: "types: a strict TypeScript consumer",
    run: ({ root, consumer }) => types(root, consumer),
  },
  {
    name: "no dependency comes along",
    run({ consumer }) {
      const nested = path.join(consumer, "node_modules/tercet/node_modules");
      if (existsSync(nested)) throw new Error("node_modules inside of the package");
    },
  },
];

const nodes = NODES.flatMap((name) => [
  {
    name: `${name}: import`,
    run: ({ peers, consumer }) =>
      runFile(peers.program(name), [], "main.mjs", "smoke ok", consumer),
  },
  {
    name: `${name}: require`,
    run: ({ peers, consumer }) =>
      runFile(peers.program(name), [], "require.cjs", "require ok", consumer),
  },
  {
    name: `${name}: tercet/node`,
    run: ({ peers, consumer }) => runFile(peers.program(name), [], "node.mjs", "node ok", consumer),
  },
]);

const command = [
  {
    name: "the command tercet --help",
    run: ({ consumer }) =>
      runExpecting("journey", path.join(consumer, "node_modules/.bin/tercet"), ["--help"], {
        cwd: consumer,
      }),
  },
];

// No permission is given: Deno would ask, and with --no-prompt that is a failure.
const DENO = ["run", "--no-prompt", "--no-remote", "--node-modules-dir=manual"];

const others = [
  {
    name: "deno: import, without permissions",
    run: ({ peers, consumer }) =>
      runFile(peers.program("deno"), DENO, "main.mjs", "smoke ok", consumer),
  },
  {
    name: "deno: tercet/node",
    run: ({ peers, consumer }) =>
      runFile(peers.program("deno"), DENO, "node.mjs", "node ok", consumer),
  },
  {
    name: "bun: import",
    run: ({ peers, consumer }) =>
      runFile(peers.program("bun"), ["run"], "main.mjs", "smoke ok", consumer),
  },
  {
    name: "bun: require",
    run: ({ peers, consumer }) =>
      runFile(peers.program("bun"), ["run"], "require.cjs", "require ok", consumer),
  },
  {
    name: "bun: tercet/node",
    run: ({ peers, consumer }) =>
      runFile(peers.program("bun"), ["run"], "node.mjs", "node ok", consumer),
  },
  {
    name: "bun build --compile",
    async run({ peers, consumer, temporary }) {
      const outfile = path.join(temporary, "compiled");
      const args = ["build", "--compile", "main.mjs", "--outfile", outfile];
      await run(peers.program("bun"), args, { cwd: consumer });
      await runExpecting("smoke ok", outfile, [], { cwd: temporary });
    },
  },
];

export const CHECKS = [
  ...tarball,
  ...nodes,
  ...command,
  ...others,
  ...bundleChecks,
  ...workerChecks,
  ...pageChecks,
];

function runFile(program, args, file, expected, consumer) {
  // DENO_DIR: nothing of this may end up in a user's cache.
  const env = { DENO_DIR: path.join(consumer, ".deno"), DENO_NO_UPDATE_CHECK: "1" };
  return runExpecting(expected, program, [...args, file], { cwd: consumer, env });
}

function types(root, consumer) {
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  const options = [
    "--noEmit",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--noUncheckedIndexedAccess",
  ];
  const modules = [
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--isolatedModules",
    "--verbatimModuleSyntax",
  ];
  const files = ["--types", "", "--skipLibCheck", "false", "consumer.ts"];
  return run(process.execPath, [tsc, ...options, ...modules, ...files], { cwd: consumer });
}
