// What raw bytes are: the protocol of a direction by its first octets, and files of hex text.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findInput, findProtocol } from "../../src/inspect/find-protocol.js";
import { HexText, looksLikeHexText } from "../../src/inspect/hex-text.js";

const octets = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));
const found = (text: string, isEnd = false) => findProtocol(octets(text), isEnd);

describe("the protocol of a direction", () => {
  test.each<[string, string, string]>([
    ["GET / HTTP/1.1\r\n", "http/1.1", "client"],
    ["GET /", "http/1.1", "client"],
    ["\r\n\r\nPOST / HTTP/1.1\r\n", "http/1.1", "client"],
    ["BREW /pot HTTP/1.1\r\n", "http/1.1", "client"],
    ["HTTP/1.1 200 OK\r\n", "http/1.1", "server"],
    ["HTTP/1.0 ", "http/1.1", "server"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "h2", "client"],
    ["\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03", "h2", "server"],
    ["\x00\x00\x00\x04\x00\x00\x00\x00\x00", "h2", "server"],
    ["\x16\x03\x01\x02\x00\x01", "tls", "client"],
    ["\x16\x03\x03\x00\x7a\x02", "tls", "server"],
    ["\x17\x03\x03\x00\x20\xab", "tls", "client"],
  ])("%j is %s of the %s", (text, protocol, direction) => {
    expect(found(text)).toEqual({ protocol, direction });
    expect(found(text, true)).toEqual({ protocol, direction });
  });

  test.each([
    "",
    "G",
    "GE",
    "PRI * HT",
    "HTTP",
    "\x16\x03\x01",
    "\x00\x00\x12\x04",
    "BREW /pot HT",
  ])("%j needs more", (text) => {
    expect(found(text)).toBe("more");
    expect(found(text, true)).toBeNull();
  });

  test.each([
    "hello world\n",
    "\x05\x01\x00",
    "SSH-2.0-x\r\n",
    "\x00\x00\x07\x04\x00\x00\x00\x00\x00",
    " GET / HTTP/1.1\r\n",
  ])("%j is nothing that is known", (text) => {
    expect(found(text)).toBeNull();
  });

  test("an answer does not change with more bytes, and 256 are always enough", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        let first: unknown = "more";
        for (let length = 0; length <= bytes.length; length++) {
          const now = findProtocol(bytes.subarray(0, length), false);
          if (first !== "more") expect(now).toEqual(first);
          first = now;
          if (length >= 256) expect(now).not.toBe("more");
        }
      }),
    );
  });
});

describe("what a file is", () => {
  test.each<[string, string]>([
    ["\xa1\xb2\xc3\xd4", "pcap"],
    ["\xd4\xc3\xb2\xa1", "pcap"],
    ["\xa1\xb2\x3c\x4d", "pcap"],
    ["\x4d\x3c\xb2\xa1", "pcap"],
    ["\x0a\x0d\x0d\x0a", "pcapng"],
    ["50 52 49 20", "hex"],
    ["GET / HTTP/1.1\r\n\r\n", "raw"],
    ["deadbeef", "hex"],
    ["\x00\x00\x00\x04", "raw"],
  ])("%j: %s", (text, kind) => {
    expect(findInput(octets(text), true)).toBe(kind);
  });
});

describe("hex text", () => {
  const read = (text: string, pieces = 1) => {
    const hex = new HexText();
    const bytes: number[] = [];
    for (let at = 0; at < text.length; at += Math.ceil(text.length / pieces))
      bytes.push(...hex.push(octets(text.slice(at, at + Math.ceil(text.length / pieces)))));
    bytes.push(...hex.end());
    return { text: String.fromCharCode(...bytes), errorAt: hex.errorAt };
  };

  test.each<[string, string, string]>([
    ["plain", "505249202a", "PRI *"],
    ["spaces and lines", "50 52\n49\t20 2A\r\n", "PRI *"],
    ["0x and commas", "0x50, 0x52,0x49", "PRI"],
    ["\\x", "\\x50\\x52\\x49", "PRI"],
    ["colons", "50:52:49", "PRI"],
    ["comments", "# a request\n50 52 # P R\n49\n", "PRI"],
    [
      "xxd",
      "00000000: 5052 4920 2a20 4854 5450 2f32 2e30 0d0a  PRI * HTTP/2.0..\n00000010: 4142           AB\n",
      "PRI * HTTP/2.0\r\nAB",
    ],
    [
      "hexdump -C",
      "00000000  50 52 49 20 2a 20 48 54  54 50 2f 32 2e 30 0d 0a  |PRI * HTTP/2.0..|\n00000010  41 42  |AB|\n00000012\n",
      "PRI * HTTP/2.0\r\nAB",
    ],
    [
      "repeats",
      "00000000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |A|\n*\n00000020  42  |B|\n00000021\n",
      `${"A".repeat(32)}B`,
    ],
    ["od", "0000000 50 52 49\n0000003\n", "PRI"],
    [
      "Wireshark",
      "0000   50 52 49 20 2a 20 48 54   PRI * HT\n0008   41                        A\n",
      "PRI * HTA",
    ],
    ["tcpdump -x", "\t0x0000:  5052 4920\n\t0x0004:  2a\n", "PRI *"],
  ])("%s", (_name, text, bytes) => {
    for (const pieces of [1, 2, 7, text.length])
      expect(read(text, pieces)).toEqual({ text: bytes, errorAt: -1 });
    expect(looksLikeHexText(octets(text), true)).toBe(bytes.length > 0);
  });

  test.each<[string, number]>([
    ["50 5", 3],
    ["50 zz", 3],
    ["50 52 hello", 6],
  ])("%j goes wrong at %i", (text, at) => {
    expect(read(text).errorAt).toBe(at);
    expect(read(text, text.length).errorAt).toBe(at);
    expect(looksLikeHexText(octets(text), true)).toBe(false);
  });

  test("one line of any length is read as it comes", () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, at) => at * 7);
    const text = Buffer.from(bytes).toString("hex");
    const hex = new HexText();
    const out: number[] = [];
    for (let at = 0; at < text.length; at += 333)
      out.push(...hex.push(octets(text.slice(at, at + 333))));
    out.push(...hex.end());
    expect(Uint8Array.from(out)).toEqual(bytes);
  });

  test("a * may not stand for more than a megabyte", () => {
    const line = "00000000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |A|\n*\n";
    expect(read(`${line}ffffffff  42\n`).errorAt).toBe(line.length);
  });

  test("what was written as hex is read again; anything else never throws", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.uint8Array(),
        (bytes, junk) => {
          const hex = Buffer.from(bytes).toString("hex");
          expect(octets(read(hex).text)).toEqual(bytes);
          const reader = new HexText();
          reader.push(junk);
          reader.end();
          looksLikeHexText(junk, true);
        },
      ),
    );
  });
});
