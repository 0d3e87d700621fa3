// Arbitrary operations of applications on two connected ends of HTTP/2 or HTTP/3.

import type * as FastCheck from "fast-check";
import type { MessageOperation } from "./message-ends.js";

/** Operations of applications, with their weights. */
export function messageOperations(
  fc: typeof FastCheck,
): readonly [number, FastCheck.Arbitrary<MessageOperation>][] {
  const kind = <K extends MessageOperation["kind"]>(name: K) => fc.constant(name);
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
  const content = fc.oneof(fc.nat(40), fc.nat(4_000));
  const status = fc.constantFrom(200, 404, 500, 302);
  return [
    [4, fc.record({ kind: kind("request"), method, fields, body })],
    [4, fc.record({ kind: kind("respond"), pick, status, body })],
    [1, fc.record({ kind: kind("inform"), pick })],
    [5, fc.record({ kind: kind("data"), side, pick, length: content })],
    [3, fc.record({ kind: kind("end"), side, pick, trailers: fc.boolean() })],
    [1, fc.record({ kind: kind("reset"), side, pick })],
    [2, fc.record({ kind: kind("consume"), pick, length: content })],
  ];
}
