// What a review found: octets that were kept as views of a caller's Buffer, and flights that begin again.

import {
  deriveKeys,
  encodeVersionNegotiation,
  parseDatagram,
  protect,
  QUIC_V1,
  QUIC_V2,
  QuicObserver,
  Reassembler,
  unprotect,
  updateKeys,
  wasmAead,
} from "tercet/quic";
import { describe, expect, test } from "vitest";
import { observe, packets, streams } from "../helpers/quic-observe.js";
import { clientHello, QuicPair, type Sent, streamFrame } from "../helpers/quic-pair.js";
import { toHex } from "../helpers/quic-wire.js";

/** Octets in a Buffer, whose slice() is a view. */
const buffered = (count: number, first: number) =>
  Buffer.from(Array.from({ length: count }, (_, at) => (first + at) & 0xff));

describe("a Buffer may be used again once the call is over", () => {
  test("the secret of keys that are updated later", () => {
    const secret = buffered(32, 1);
    const good = updateKeys(deriveKeys(QUIC_V1, 0x1303, Uint8Array.from(secret)));
    const keys = deriveKeys(QUIC_V1, 0x1303, secret);
    secret.fill(0);
    expect(toHex(updateKeys(keys).key)).toBe(toHex(good.key));
  });

  test("the key of ChaCha20, whose schedule is itself", () => {
    const nonce = new Uint8Array(12);
    const text = Uint8Array.of(1, 2, 3);
    const key = buffered(32, 9);
    const good = wasmAead.aead("CHACHA20-POLY1305", Uint8Array.from(key));
    const aead = wasmAead.aead("CHACHA20-POLY1305", key);
    key.fill(0);
    expect(toHex(aead.seal(nonce, nonce, text))).toBe(toHex(good.seal(nonce, nonce, text)));
  });

  test("bytes that wait behind a gap", () => {
    const reassembler = new Reassembler({ bytes: 100, fragments: 10 });
    const piece = buffered(4, 65);
    reassembler.insert(2, piece, false);
    piece.fill(0);
    reassembler.insert(0, Uint8Array.of(1, 2), false);
    expect(Buffer.concat(reassembler.take()).toString("latin1")).toBe("\x01\x02ABCD");
  });

  test("a packet that waits for the ClientHello, its connection ids too", () => {
    const pair = new QuicPair();
    const hello = clientHello(pair.clientRandom, {});
    const half = hello.length >> 1;
    const initial = (offset: number, end: number) =>
      pair.datagram(
        "client",
        pair.packet("client", "Initial", [
          { name: "CRYPTO", offset, cryptoData: hello.subarray(offset, end) },
          { name: "PADDING", size: 1_000 },
        ]),
      );
    const early = pair.datagram("server", pair.packet("server", "Handshake", [{ name: "PING" }]));
    const observer = new QuicObserver({ secrets: pair.findSecrets });
    const room = Buffer.alloc(2_000);
    const said = [initial(0, half), early, initial(half, hello.length)].flatMap((sent) => {
      room.set(sent.bytes);
      const bytes = room.subarray(0, sent.bytes.length);
      const found = observer.receive({ ...sent, bytes }).map((one) => ({
        ...one,
        id: one.kind === "packet" && toHex(one.packet?.destinationConnectionId ?? room),
      }));
      room.fill(0x5a);
      return found;
    });
    const late = said.find((one) => one.kind === "packet" && one.packetType === "Handshake");
    expect(late).toMatchObject({ decrypted: true, packetNumber: 0n, id: toHex(pair.ids.client) });
    // Nor does it keep the caller's memory alive.
    expect(late).toMatchObject({ late: { bytes: { buffer: { byteLength: early.bytes.length } } } });
  });
});

describe("a client that begins again", () => {
  const begin = (version: number, originalId: Uint8Array) => new QuicPair({ version, originalId });

  test("behind Version Negotiation, with packet numbers from 0", () => {
    const first = begin(QUIC_V2, buffered(8, 1));
    const second = begin(QUIC_V1, buffered(8, 100));
    const { client, original } = first.ids;
    const negotiation: Sent = first.datagram(
      "server",
      encodeVersionNegotiation({
        destinationConnectionId: client,
        sourceConnectionId: original,
        supportedVersions: [QUIC_V1],
      }),
    );
    const said = observe(second, [
      first.hello(),
      negotiation,
      second.hello(),
      second.answer(),
      second.send("client", streamFrame(0, 0, "GET", true)),
    ]);
    expect(streams(said)).toEqual({ "client 0": "GET." });
    expect(packets(said).filter((one) => /no keys|not authentic/.test(one))).toEqual([]);
  });
});

test("what is protected opens again, with every octet of the packet number", () => {
  const keys = deriveKeys(QUIC_V1, 0x1301, buffered(32, 3));
  for (const packetNumber of [0n, 2n ** 32n, 2n ** 62n - 1n]) {
    const packet = protect(
      {
        type: "1-RTT",
        destinationConnectionId: buffered(20, 0),
        packetNumber,
        packetNumberLength: 4,
        payload: buffered(40, 0),
      },
      keys,
    );
    const [parsed] = parseDatagram(packet, { connectionIdLength: 20 });
    if (parsed === undefined) throw new Error("no packet");
    const opened = unprotect(parsed, keys, packetNumber - 1n);
    expect(opened?.packetNumber).toBe(packetNumber);
  }
});
