// Arbitrary operations on two connected ends of HTTP/2.

import type * as FastCheck from "fast-check";
import type { H2Operation } from "./h2-connection.js";

/** Arbitrary operations. */
export function h2Operations(fc: typeof FastCheck): FastCheck.Arbitrary<H2Operation> {
  const kind = <K extends H2Operation["kind"]>(name: K) => fc.constant(name);
  const side = fc.constantFrom("client" as const, "server" as const);
  const pick = fc.nat(7);
  const body = fc.oneof(fc.constant("none" as const), fc.constant("chunked" as const), fc.nat(60));
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "X-ANY");
  const fields = fc.constantFrom<readonly string[]>(
    [],
    ["x-a", "1"],
    ["x-a", "1", "x-b", "2", "x-a", "3"],
    ["cookie", "a=b", "cookie", "c=d", "priority", "u=1, i"],
    ["x-long", "v".repeat(300)],
  );
  const length = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.nat(200), fc.constant(70_000));
  const content = fc.oneof(fc.nat(40), fc.nat(4_000));
  const window = fc.constantFrom(0, 1, 100, 1_000, 65_535);
  const table = fc.constantFrom(0, 50, 4_096, 10_000);
  const status = fc.constantFrom(200, 404, 500, 302);
  const all: readonly [number, FastCheck.Arbitrary<H2Operation>][] = [
    [4, fc.record({ kind: kind("request"), method, fields, body })],
    [4, fc.record({ kind: kind("respond"), pick, status, body })],
    [1, fc.record({ kind: kind("inform"), pick })],
    [5, fc.record({ kind: kind("data"), side, pick, length: content })],
    [3, fc.record({ kind: kind("end"), side, pick, trailers: fc.boolean() })],
    [1, fc.record({ kind: kind("reset"), side, pick })],
    [2, fc.record({ kind: kind("consume"), pick, length: content })],
    [1, fc.record({ kind: kind("window"), side, length: window })],
    [1, fc.record({ kind: kind("table"), side, length: table })],
    [1, fc.record({ kind: kind("ping"), side })],
    [1, fc.record({ kind: kind("priority"), pick, urgency: fc.nat(7) })],
    [8, fc.record({ kind: kind("deliver"), to: side, length })],
  ];
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}
