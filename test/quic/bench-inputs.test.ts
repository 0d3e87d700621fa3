// What the benchmark of QUIC measures with, made by node:crypto and by writers of its own, read by tercet/quic: were an input wrong, the
// peers would be timed on errors.

import { createHash } from "node:crypto";
import { nodeAead } from "tercet/node";
import {
  type AeadName,
  type AeadProvider,
  deriveInitialKeys,
  deriveKeys,
  openBatch,
  parseDatagram,
  parseFrames,
  QUIC_V1,
  unprotect,
  wasmAead,
} from "tercet/quic";
import { describe, expect, test } from "vitest";
import { quicPayloads } from "../../bench/inputs/quic-frames.js";
import { firstDatagram } from "../../bench/inputs/quic-hello.js";
import {
  ASSOCIATED_LENGTH,
  frameInputs,
  headerInputs,
  keysOf,
  maskInputs,
  openInputs,
  packetInputs,
  type QuicInput,
} from "../../bench/inputs/quic-inputs.js";
import { ID_LENGTH, NONCE_LENGTH } from "../../bench/inputs/quic-wire.js";

const PROVIDERS: readonly (readonly [name: string, provider: AeadProvider])[] = [
  ["WASM", wasmAead],
  ["node:crypto", nodeAead],
];

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

/** The keys of an input, and the pieces behind them. */
function partsOf({ pieces: [first, ...rest] }: QuicInput) {
  return { keys: keysOf(Buffer.from(first ?? [])), rest };
}

test("payloads are frames of 1-RTT packets, as many as they say", () => {
  for (const { name, payloads } of quicPayloads()) {
    expect(payloads.length, name).toBe(64);
    for (const { bytes, frames, dataBytes } of payloads) {
      const found = parseFrames(bytes, "1-RTT");
      expect(found.filter((frame) => "code" in frame)).toEqual([]);
      expect(found.length, name).toBe(frames);
      const data = found.filter((frame) =>
        ["STREAM", "CRYPTO"].includes((frame as { name: string }).name),
      );
      expect(sum(data.map((frame) => (frame as { size: number }).size)), name).toBe(dataBytes);
    }
  }
});

test("inputs are the same each time, and each row has a name of its own", () => {
  const make = () => [...frameInputs(), ...headerInputs(), ...maskInputs()];
  // Octet by octet this would take seconds.
  const digests = () =>
    make().map(({ name, expected, pieces }) => {
      const octets = createHash("sha256").update(Buffer.concat(pieces)).digest("hex");
      return { name, expected, octets, lengths: pieces.map(({ length }) => length) };
    });
  expect(digests()).toEqual(digests());
  const names = [...make(), ...openInputs(), ...packetInputs()].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("datagrams are the packets that they say", () => {
  for (const { name, expected, pieces } of headerInputs()) {
    const packets = pieces.flatMap((bytes) =>
      parseDatagram(bytes, { connectionIdLength: ID_LENGTH }),
    );
    expect(packets.length, name).toBe(expected.messages);
    expect(sum(packets.map(({ length }) => length)), name).toBe(expected.bodyBytes);
  }
});

describe.each(PROVIDERS)("by %s", (_, provider) => {
  test("masks are those of node:crypto", () => {
    for (const input of maskInputs()) {
      const { keys, rest } = partsOf(input);
      const header = provider.header(keys.cipher.name as AeadName, keys.hp);
      const masks = rest.map((samples) => header.masks(Uint8Array.from(samples)));
      expect(sum(masks.flatMap((octets) => [...octets])), input.name).toBe(input.expected.fields);
    }
  });

  test("texts open", () => {
    for (const input of openInputs()) {
      const { keys, rest } = partsOf(input);
      const aead = provider.aead(keys.cipher.name as AeadName, keys.key);
      const texts = rest.map((piece) => {
        const bytes = Uint8Array.from(piece);
        const at = NONCE_LENGTH + ASSOCIATED_LENGTH;
        const [nonce, associated] = [bytes.slice(0, NONCE_LENGTH), bytes.slice(NONCE_LENGTH, at)];
        return aead.open(nonce, associated, bytes.slice(at));
      });
      expect(sum(texts.map((text) => text?.[0] ?? Number.NaN)), input.name).toBe(
        input.expected.fields,
      );
      expect(sum(texts.map((text) => text?.length ?? 0)), input.name).toBe(
        input.expected.bodyBytes,
      );
    }
  });

  test("packets open with the keys of their secret", () => {
    for (const input of packetInputs()) {
      const { keys, rest } = partsOf(input);
      const derived = deriveKeys(QUIC_V1, keys.cipher.name, keys.secret, { aead: provider });
      expect([derived.key, derived.iv, derived.hp]).toEqual([keys.key, keys.iv, keys.hp]);
      const packets = rest.flatMap((bytes) =>
        parseDatagram(bytes, { connectionIdLength: ID_LENGTH }),
      );
      const opened = openBatch(packets, derived, -1);
      const frames = opened.flatMap((one) =>
        parseFrames(one?.payload ?? new Uint8Array(), "1-RTT"),
      );
      expect(frames.length, input.name).toBe(input.expected.fields);
    }
  });
});

test("the first datagram of start-up is an Initial packet of 1,200 octets with PING", () => {
  const bytes = firstDatagram();
  expect(bytes.length).toBe(1200);
  const [packet] = parseDatagram(bytes, { connectionIdLength: 0 });
  if (packet === undefined) throw new Error("no packet");
  const keys = deriveInitialKeys(QUIC_V1, packet.destinationConnectionId).client;
  const opened = unprotect(packet, keys, -1);
  const frames = parseFrames(opened?.payload ?? new Uint8Array(), "Initial");
  expect(frames.map((frame) => "name" in frame && frame.name)).toEqual(["PING", "PADDING"]);
});
