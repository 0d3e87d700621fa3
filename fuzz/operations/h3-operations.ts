// Arbitrary operations on two connected ends of HTTP/3, and on one end whose peer is hostile.

import type * as FastCheck from "fast-check";
import { H3_TOKENS, h3Arbitraries, hexOf } from "tercet/fuzz";
import type { H3Operation } from "./h3-connection.js";
import type { H3HostileOperation } from "./h3-hostile.js";
import { messageOperations } from "./message-operations.js";

/** Arbitrary operations. */
export function h3Operations(fc: typeof FastCheck): FastCheck.Arbitrary<H3Operation> {
  const kind = <K extends H3Operation["kind"]>(name: K) => fc.constant(name);
  const side = fc.constantFrom("client" as const, "server" as const);
  const length = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.nat(200), fc.constant(70_000));
  const most = fc.constantFrom(0, 1, 20, 300, 70_000);
  const all: readonly [number, FastCheck.Arbitrary<H3Operation>][] = [
    ...messageOperations(fc),
    [1, fc.record({ kind: kind("priority"), pick: fc.nat(7), urgency: fc.nat(7) })],
    [1, fc.record({ kind: kind("datagram"), side, length: fc.nat(40) })],
    [
      1,
      fc.record({
        kind: kind("capsule"),
        side,
        type: fc.constantFrom(5, 0x21, 70_000),
        length: fc.nat(90),
      }),
    ],
    [6, fc.record({ kind: kind("take"), side, most, room: most })],
    [
      16,
      fc.record({ kind: kind("deliver"), to: side, pick: fc.nat(11), length, late: fc.boolean() }),
    ],
  ];
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Arbitrary operations on one end whose peer is hostile. */
export function h3HostileOperations(fc: typeof FastCheck): FastCheck.Arbitrary<H3HostileOperation> {
  const h3 = h3Arbitraries(fc);
  const kind = <K extends H3HostileOperation["kind"]>(name: K) => fc.constant(name);
  const request = fc.constantFrom(0, 0, 0, 4, 4, 8, 400);
  const any = fc.oneof(
    { weight: 8, arbitrary: request },
    { weight: 1, arbitrary: fc.constantFrom(1, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19) },
  );
  const hexes = (bytes: FastCheck.Arbitrary<Uint8Array>) => bytes.map(hexOf);
  const frames = fc.oneof(h3.frame, h3.frame, h3.anyFrame, fc.constantFrom(...H3_TOKENS));
  const fin = fc.constantFrom(false, false, true);
  const receive = (
    streamId: FastCheck.Arbitrary<number>,
    bytes: FastCheck.Arbitrary<Uint8Array>,
  ): FastCheck.Arbitrary<H3HostileOperation> =>
    fc.record({ kind: kind("receive"), streamId, hex: hexes(bytes), fin, cut: fc.nat(60) });
  const never = (streamId: FastCheck.Arbitrary<number>, bytes: FastCheck.Arbitrary<Uint8Array>) =>
    receive(streamId, bytes).map((one) => ({ ...one, fin: false }) as H3HostileOperation);
  const code = fc.constantFrom(0x10c, 0x100, 0x10b, 0x33, 0x21);
  const body = fc.oneof(fc.constant("none" as const), fc.constant("chunked" as const), fc.nat(60));
  const length = fc.oneof(fc.nat(40), fc.nat(70_000));
  const role = fc.constantFrom("server" as const, "client" as const);
  const window = fc.constantFrom("fixed" as const, "manual" as const);
  const all: readonly [number, FastCheck.Arbitrary<H3HostileOperation>][] = [
    [2, fc.record({ kind: kind("role"), role, window })],
    [12, receive(request, frames)],
    [1, receive(any, frames)],
    [2, never(fc.constantFrom(2, 3), h3.frame)],
    [3, never(fc.constantFrom(6, 7), h3.instructions)],
    [1, never(fc.constantFrom(10, 11), h3.feedback)],
    [
      1,
      fc.record({
        kind: fc.constantFrom("peerReset" as const, "peerStop" as const),
        streamId: any,
        code,
      }),
    ],
    [1, fc.record({ kind: kind("peerDatagram"), hex: hexes(fc.uint8Array({ maxLength: 9 })) })],
    [3, fc.record({ kind: kind("respond"), streamId: any, body })],
    [
      2,
      fc.record({
        kind: kind("request"),
        method: fc.constantFrom("GET", "POST", "HEAD", "CONNECT"),
      }),
    ],
    [3, fc.record({ kind: kind("data"), streamId: any, length })],
    [
      1,
      fc.record({
        kind: fc.constantFrom("consume" as const, "datagram" as const, "capsule" as const),
        streamId: any,
        length,
      }),
    ],
    [
      3,
      fc.record({
        kind: fc.constantFrom(
          "trailers" as const,
          "end" as const,
          "inform" as const,
          "reset" as const,
        ),
        streamId: any,
      }),
    ],
    [3, fc.record({ kind: kind("take"), most: fc.constantFrom(0, 10, 1_000, 1_000_000) })],
    [1, fc.record({ kind: kind("wait"), milliseconds: fc.constantFrom(1, 5_000, 20_000) })],
    [
      1,
      fc.record({
        kind: fc.constantFrom(
          "goaway" as const,
          "close" as const,
          "poll" as const,
          "peerClose" as const,
        ),
      }),
    ],
  ];
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}
