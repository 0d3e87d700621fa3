// Arbitrary operations on two connected ends of HTTP/1.1.

import type * as FastCheck from "fast-check";
import type { Operation } from "./h1-connection.js";

/** Arbitrary operations. */
export function operations(fc: typeof FastCheck): FastCheck.Arbitrary<Operation> {
  const kind = <K extends Operation["kind"]>(name: K) => fc.constant(name);
  const side = fc.constantFrom("client" as const, "server" as const);
  const pick = fc.nat(7);
  const body = fc.oneof(fc.constant("none" as const), fc.constant("chunked" as const), fc.nat(60));
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "X-ANY");
  const fields = fc.constantFrom<readonly string[]>(
    [],
    ["x-a", "1"],
    ["x-a", "1", "x-b", "2", "x-a", "3"],
  );
  const length = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.nat(200), fc.constant(70_000));
  const all = [
    fc.record({ kind: kind("request"), method, fields, body }),
    fc.record({ kind: kind("respond"), pick, status: fc.constantFrom(200, 404, 500, 302), body }),
    fc.record({ kind: kind("inform"), pick }),
    fc.record({ kind: kind("data"), side, pick, length: fc.oneof(fc.nat(40), fc.nat(3_000)) }),
    fc.record({ kind: kind("end"), side, pick, trailers: fc.boolean() }),
    fc.record({ kind: kind("deliver"), to: side, length }),
    fc.record({ kind: kind("repeat"), side, pick }),
  ] as const;
  return fc.oneof(...(all as readonly FastCheck.Arbitrary<Operation>[]));
}
