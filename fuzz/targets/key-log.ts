// KeyLog: any text in any pieces, whatever its bounds; the secrets are those that a plain reader of lines finds.

import { inspectArbitraries, KEY_LOG_TOKENS, textOf } from "tercet/fuzz";
import { KeyLog } from "tercet/inspect";
import { fault, somePieces, type Target } from "./target.js";

/** The target. */
export const keyLog: Target = {
  name: "key-log",
  about: "KeyLog: cuts, bounds, and secrets against a plain reader of lines",
  corpus: "key-logs",
  tokens: KEY_LOG_TOKENS,
  arbitrary: (fc) => inspectArbitraries(fc).broken("key-log"),
  check(input) {
    const whole = read([input]);
    const cut = read(somePieces(input));
    const randoms = randomsIn(input);
    const found = randoms.map((random) => said(whole, random));
    for (const [at, random] of randoms.entries()) {
      if (said(cut, random) !== found[at]) fault(`cut: ${said(cut, random)}, whole: ${found[at]}`);
    }
    const errors = JSON.stringify(whole.errors);
    if (JSON.stringify(cut.errors) !== errors)
      fault(`cut: ${JSON.stringify(cut.errors)}, whole: ${errors}`);
    if (whole.errors.some(({ offset }) => offset > input.length)) fault("an error behind the end");
    const tight = new KeyLog({ lines: 2, bytes: 300 });
    for (const piece of somePieces(input)) tight.push(piece);
    tight.end();
    if (tight.size > 2) fault(`${tight.size} secrets of 2`);
    return `${found.length} ${whole.size} ${whole.errors.map(({ code }) => code).slice(0, 4)}`;
  },
};

function read(pieces: readonly Uint8Array[]): KeyLog {
  const log = new KeyLog();
  for (const piece of pieces) log.push(piece);
  log.end();
  return log;
}

/** Whatever looks like a random of 32 octets. */
function randomsIn(input: Uint8Array): Uint8Array[] {
  const words = textOf(input).match(/\b[0-9a-fA-F]{64}\b/g) ?? [];
  return [...new Set(words)].slice(0, 20).map((word) => new Uint8Array(Buffer.from(word, "hex")));
}

function said(log: KeyLog, random: Uint8Array): string {
  const secrets = log.find(random);
  if (secrets === null) return "none";
  return [...secrets]
    .map(([label, secret]) => `${label}=${Buffer.from(secret).toString("hex")}`)
    .join();
}
