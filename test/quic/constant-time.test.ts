// Addresses and branches of the kernels that work on secrets, read from their sources: an address may be made of the names in
// these tables alone, none of which holds what came out of a key or a text, and a branch may depend on lengths alone. The one
// look-up by data is GHASH's, by octets of ciphertext, which are public; it is in this table by name.

import { describe, expect, test } from "vitest";
import { sourceFiles, stripped } from "../helpers/source-files.js";

/** What addresses are made of, by file: pointers, counters and constants. */
const ADDRESSES: Readonly<Record<string, RegExp>> = {
  aes: /^(?:key|at|last|n|words|usize|u32|[A-Z][A-Z_\d]*|\d+)$/,
  chacha20: /^(?:key|nonce|to|at|[A-Z][A-Z_\d]*|\d+)$/,
  poly1305: /^(?:key|at|[A-Z][A-Z_\d]*|\d+)$/,
  "chacha-poly": /^(?:at|length|[A-Z][A-Z_\d]*|\d+)$/,
  stream: /^(?:at|stream|[A-Z][A-Z_\d]*|\d+)$/,
  gcm: /^(?:at|length|stream|[A-Z][A-Z_\d]*|\d+)$/,
  ccm: /^(?:at|length|front|[A-Z][A-Z_\d]*|\d+)$/,
  sha2: /^(?:at|n|to|from|end|rest|usize|place|[A-Z][A-Z_\d]*|\d+)$/,
  // `tables + load<u8>(from)`: half octets of ciphertext choose, see absorbPublic().
  ghash:
    /^(?:at|to|from|first|end|key|tables|table|bit|n|lengths|load|u8|usize|[A-Z][A-Z_\d]*|\d+)$/,
};

/** What conditions are made of: lengths, counters, pointers, places. */
const CONDITIONS: Readonly<Record<string, RegExp>> = {
  aes: /^(?:key|at|end|last|n|words|count|length|BLOCK|\d+)$/,
  chacha20: /^(?:n|count|at|text|end|round|\d+)$/,
  poly1305: /^(?:at|end|length|whole|\d+)$/,
  // The verdict on a tag is public: all of its octets count in isTag(), which has no branch.
  "chacha-poly": /^(?:isTag|at|length|made|\d+)$/,
  stream: /^(?:at|end|\d+)$/,
  gcm: /^(?:isTag|at|length|n|count|\d+)$/,
  ccm: /^(?:aadLength|isGood|isLong|n|blocks|rest|count|length|\d+)$/,
  sha2: /^(?:n|to|end|count|kind|u32|HashKind|Sha256|Sha384|rest|lengths|block|SCHEDULE|\d+)$/,
  ghash:
    /^(?:rest|hasTables|key|length|before|blocks|place|from|end|to|bit|n|CHUNK|CRYPTO_POWERS|WORTH_TABLES|\d+)$/,
};

const NAMES = Object.keys(ADDRESSES);
const sources = sourceFiles(["assembly/quic"]);
const sourceOf = (name: string) => stripped(sources.get(`assembly/quic/${name}.ts`) ?? "", false);

/** What stands between the bracket at `open` and the one that closes it. */
function inBrackets(code: string, open: number): string {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === "(") depth++;
    if (code[at] === ")" && --depth === 0) return code.slice(open + 1, at);
  }
  throw new Error("brackets do not match");
}

/** The first of several arguments. */
function firstArgument(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")") depth--;
    if (text[at] === "," && depth === 0) return text.slice(0, at);
  }
  return text;
}

const words = (text: string) => text.match(/[A-Za-z_]\w*|\d+/g) ?? [];

/** Names in addresses that are not in the table. */
function strangeAddresses(code: string, known: RegExp): string[] {
  const access = /\b(?:load|store|v128\.load|v128\.store|v128\.load32_splat)(?:<\w+>)?\(/g;
  return [...code.matchAll(access)].flatMap((match) => {
    const address = firstArgument(inBrackets(code, match.index + match[0].length - 1));
    return words(address).filter((word) => !known.test(word));
  });
}

/** Names in conditions that are not in the table. */
function strangeConditions(code: string, known: RegExp): string[] {
  const heads = [...code.matchAll(/\b(if|while|for) \(/g)].map((match) => {
    const head = inBrackets(code, match.index + match[0].length - 1);
    return match[1] === "for" ? (head.split(";")[1] ?? "") : head;
  });
  const choices = [...code.matchAll(/[=(,:] ?([^=(,:?;{}]+) \? /g)].map((match) => match[1]!);
  return [...heads, ...choices].flatMap((text) => words(text).filter((word) => !known.test(word)));
}

test("every kernel has its rows", () => {
  const others = new Set(["assembly/quic/batch.ts", "assembly/quic/crypto.ts"]);
  const kernels = [...sources.keys()].filter(
    (file) => !others.has(file) && !/\/(?:index|frame)\.ts$/.test(file),
  );
  expect(kernels.sort()).toEqual(NAMES.map((name) => `assembly/quic/${name}.ts`).sort());
});

describe.each(NAMES)("%s", (name) => {
  test("has no address that depends on data", () => {
    const code = sourceOf(name);
    expect(code).toMatch(/\b(?:load|store)\b/);
    expect(strangeAddresses(code, ADDRESSES[name]!)).toEqual([]);
  });

  test("has no branch that depends on data", () => {
    expect(strangeConditions(sourceOf(name), CONDITIONS[name]!)).toEqual([]);
  });
});

describe("the check sees", () => {
  test.each([
    ["a look-up by data", "const y = load<u8>(TABLE + x);", ["x"], []],
    ["a store by data", "store<u8>(TABLE + (secret & 15), 1);", ["secret"], []],
    ["a branch on data", "if (secret == 0) return;", [], ["secret"]],
    ["a loop that ends by data", "while (at < end && key0 > 0) at++;", [], ["key0"]],
    ["a choice by data", "const y = (secret ? 1 : 2);", [], ["secret"]],
    ["nothing in what is well", "for (; at < end; at += 16) store<u8>(at, secret);", [], []],
  ])("%s", (_name, code, addresses, conditions) => {
    expect(strangeAddresses(code, /^(?:at|TABLE|\d+)$/)).toEqual(addresses);
    expect(strangeConditions(code, /^(?:at|end|\d+)$/)).toEqual(conditions);
  });
});
