#!/usr/bin/env node
// The command `tercet`: finds the command, loads only its file, turns a wrong use into one line and exit code 2.
// Exit codes: 0 good, 1 the input breaks the protocol (or the work failed), 2 wrong use.

import { readFileSync } from "node:fs";
import { WrongUse } from "./wrong-use.js";

/** One command: gives its exit code, or throws WrongUse. */
export interface Command {
  readonly help: string;
  run(args: string[]): Promise<number>;
}

const COMMANDS: Record<string, { about: string; load(): Promise<Command> }> = {
  journey: {
    about: "what each stop of a request costs, measured on real traffic",
    load: async () => (await import("./journey.js")).journey,
  },
  inspect: {
    about: "what a capture, or bytes of HTTP, say",
    load: async () => (await import("./inspect.js")).inspectCommand,
  },
  serve: {
    about: "serves a folder, or a small echo application",
    load: async () => (await import("./serve.js")).serveCommand,
  },
  bench: {
    about: "comparison with other parsers (in the repository only)",
    load: async () => (await import("./bench.js")).bench,
  },
  fuzz: {
    about: "fuzzing of the parsers (in the repository only)",
    load: async () => (await import("./fuzz.js")).fuzz,
  },
};

const HELP = `tercet: HTTP parsing engine

  tercet COMMAND [OPTIONS]

${Object.entries(COMMANDS)
  .map(([name, { about }]) => `  ${name.padEnd(9)} ${about}`)
  .join("\n")}

  tercet COMMAND --help   says more
  tercet --version

Exit code: 0 good, 1 the input breaks the protocol, 2 wrong use.
`;

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: string[]): Promise<number> {
  // A reader that has seen enough (head, less) closes the pipe: no reason to complain.
  process.stdout.on("error", () => process.exit(0));
  try {
    if (name === undefined) throw new WrongUse("no command; see tercet --help");
    if (name === "--help" || name === "-h" || name === "help") return print(HELP);
    if (name === "--version") return print(`${version()}\n`);
    const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (found === undefined) throw new WrongUse(`there is no command ${name}; see tercet --help`);
    const command = await found.load();
    if (args.includes("--help") || args.includes("-h")) return print(command.help);
    return await command.run(args);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    const where = error.command === null ? "tercet" : `tercet ${error.command}`;
    process.stderr.write(`${where}: ${error.message}\n`);
    return 2;
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
