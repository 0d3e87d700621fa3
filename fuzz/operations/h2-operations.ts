// Arbitrary operations on two connected ends of HTTP/2, and on one end whose peer is hostile.

import type * as FastCheck from "fast-check";
import { H2_TOKENS, h2Arbitraries, hexOf } from "tercet/fuzz";
import type { H2Operation } from "./h2-connection.js";
import type { HostileOperation } from "./h2-hostile.js";
import { messageOperations } from "./message-operations.js";

/** Arbitrary operations. */
export function h2Operations(fc: typeof FastCheck): FastCheck.Arbitrary<H2Operation> {
  const kind = <K extends H2Operation["kind"]>(name: K) => fc.constant(name);
  const side = fc.constantFrom("client" as const, "server" as const);
  const length = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.nat(200), fc.constant(70_000));
  const window = fc.constantFrom(0, 1, 100, 1_000, 65_535);
  const table = fc.constantFrom(0, 50, 4_096, 10_000);
  const all: readonly [number, FastCheck.Arbitrary<H2Operation>][] = [
    ...messageOperations(fc),
    [1, fc.record({ kind: kind("window"), side, length: window })],
    [1, fc.record({ kind: kind("table"), side, length: table })],
    [1, fc.record({ kind: kind("ping"), side })],
    [1, fc.record({ kind: kind("priority"), pick: fc.nat(7), urgency: fc.nat(7) })],
    [8, fc.record({ kind: kind("deliver"), to: side, length })],
  ];
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Arbitrary operations on one end whose peer is hostile. */
export function hostileOperations(fc: typeof FastCheck): FastCheck.Arbitrary<HostileOperation> {
  const h2 = h2Arbitraries(fc);
  const kind = <K extends HostileOperation["kind"]>(name: K) => fc.constant(name);
  const streamId = fc.constantFrom(1, 1, 1, 2, 3, 3, 5, 7, 99);
  const bytes = fc.oneof(h2.frame, h2.frame, h2.anyFrame, fc.constantFrom(...H2_TOKENS));
  const hex = bytes.map(hexOf);
  const body = fc.oneof(fc.constant("none" as const), fc.constant("chunked" as const), fc.nat(60));
  const length = fc.oneof(fc.nat(40), fc.nat(70_000));
  const all: readonly [number, FastCheck.Arbitrary<HostileOperation>][] = [
    [
      2,
      fc.record({
        kind: kind("role"),
        role: fc.constantFrom("server" as const, "client" as const),
        window: fc.constantFrom("fixed" as const, "manual" as const),
      }),
    ],
    [14, fc.record({ kind: kind("receive"), hex, cut: fc.nat(60) })],
    [3, fc.record({ kind: kind("respond"), streamId, body })],
    [2, fc.record({ kind: kind("content"), streamId, length })],
    [
      2,
      fc.record({
        kind: kind("request"),
        method: fc.constantFrom("GET", "POST", "HEAD", "CONNECT"),
      }),
    ],
    [3, fc.record({ kind: kind("data"), streamId, length })],
    [1, fc.record({ kind: kind("trailers"), streamId })],
    [1, fc.record({ kind: kind("end"), streamId })],
    [1, fc.record({ kind: kind("inform"), streamId })],
    [1, fc.record({ kind: kind("reset"), streamId })],
    [1, fc.record({ kind: kind("push"), streamId })],
    [1, fc.record({ kind: kind("consume"), streamId, length })],
    [
      1,
      fc.record({
        kind: kind("settings"),
        window: fc.constantFrom(0, 1, 1_000, 65_535, 2 ** 31 - 1),
        table: fc.constantFrom(0, 100, 4_096, 65_536),
      }),
    ],
    [1, fc.record({ kind: kind("goaway") })],
    [1, fc.record({ kind: kind("close") })],
    [1, fc.record({ kind: kind("ping") })],
    [2, fc.record({ kind: kind("take") })],
    [1, fc.record({ kind: kind("deadline") })],
    [1, fc.record({ kind: kind("peerEnd") })],
  ];
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}
