// Many connections on few engines: full slabs, used-up carry buffers, calls inside calls, dropped connections,
// and a trap, which ends one connection and no other.

import type { ConnectionEvent } from "tercet";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { BLOCK_COUNT, CARRY_COUNT_0 } from "../../src/abi/memory.js";
import { leaseBlock, poolState } from "../../src/engine/h1-pool.js";

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Path: ${path}\r\n\r\n`;
const server = () => new H1Connection({ role: "server" });

/** The path of the only request in these events, read from target and field. */
function pathOf(events: readonly ConnectionEvent[]): string {
  const [head] = events;
  if (head?.type !== "head" || !("path" in head.head)) throw new Error(`no head: ${head?.type}`);
  if (head.head.get("x-path") !== head.head.path)
    throw new Error("bytes of two requests are mixed");
  return head.head.path ?? "";
}

describe("many connections", () => {
  test("100,000 idle ones, after a request each, and all of them again", () => {
    const before = poolState();
    const all = Array.from({ length: 100_000 }, server);
    for (let round = 0; round < 2; round++) {
      for (const [index, connection] of all.entries()) {
        if (pathOf(connection.receive(bytes(request(`/${index}`)))) !== `/${index}`)
          throw new Error(`connection ${index}`);
        connection.sendResponse(round + 1, { status: 204, headers: [] });
        connection.take();
      }
    }
    const after = poolState();
    expect(after.blocks - before.blocks).toBe(100_000);
    expect(after.instances).toBeGreaterThanOrEqual(Math.ceil(100_000 / BLOCK_COUNT));
    for (const connection of all) connection.reset(1);
    expect(poolState().blocks).toBe(before.blocks);
  });

  test("more unfinished heads than one engine has carry buffers", () => {
    const all = Array.from({ length: CARRY_COUNT_0 * 2 + 100 }, server);
    for (const [index, connection] of all.entries()) {
      const text = request(`/${index}`);
      expect(connection.receive(bytes(text.slice(0, 20 + (index % 15))))).toEqual([]);
    }
    for (const [index, connection] of all.entries()) {
      const rest = request(`/${index}`).slice(20 + (index % 15));
      if (pathOf(connection.receive(bytes(rest))) !== `/${index}`)
        throw new Error(`connection ${index}`);
      connection.reset(1);
    }
  });

  test("more long unfinished heads than one engine has large carry buffers", () => {
    const limits = { fieldLineLength: 200_000, fieldSectionLength: 300_000 };
    const value = "v".repeat(150_000);
    const text = `GET /long HTTP/1.1\r\nHost: a\r\nX-Path: /long\r\nLong: ${value}\r\n\r\n`;
    const all = Array.from({ length: 40 }, () => new H1Connection({ role: "server", limits }));
    for (const connection of all) {
      for (let at = 0; at < 140_000; at += 7_001)
        expect(connection.receive(bytes(text.slice(at, at + 7_001)))).toEqual([]);
    }
    for (const connection of all) {
      expect(pathOf(connection.receive(bytes(text.slice(140_020))))).toBe("/long");
      connection.reset(1);
    }
  });
});

describe("calls inside calls", () => {
  test("a handler feeds other connections, and its own head stays what it was", () => {
    const [outer, middle, inner] = [server(), server(), server()];
    const paths: string[] = [];
    inner.receive(bytes(request("/inner").slice(0, 25)));
    outer.receive(bytes(request("/outer") + request("/outer2")), {
      head(_id, head) {
        middle.receive(bytes(request("/middle")), {
          head(_middleId, middleHead) {
            for (const event of inner.receive(bytes(request("/inner").slice(25))))
              if (event.type === "head") paths.push(event.head.get("x-path") ?? "");
            paths.push(middleHead.get("x-path") ?? "");
          },
        });
        paths.push(head.get("x-path") ?? "");
      },
    });
    expect(paths).toEqual(["/inner", "/middle", "/outer", "/middle", "/outer2"]);
  });

  test("a handler that feeds its own connection is told so", () => {
    const connection = server();
    const again = () => connection.receive(bytes("x"));
    expect(() => connection.receive(bytes(request("/")), { head: again })).toThrow(/REENTRANT/);
  });
});

describe("a trap", () => {
  test("ends the connection it happened on, and later ones get a fresh engine", () => {
    const place = leaseBlock({}, new Uint32Array(16));
    const other = server();
    other.receive(bytes(request("/other").slice(0, 30)));
    const { instance } = place;
    const good = instance.exports;
    const trap = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    const victim = server();
    victim.receive(bytes(request("/victim").slice(0, 30)));
    Object.defineProperty(instance, "exports", { value: { ...good, exec: trap } });
    const [event] = victim.receive(bytes(request("/victim").slice(30)));
    Object.defineProperty(instance, "exports", { value: good });
    expect(event?.type === "error" && event.error.code).toBe("H1_ENGINE_TRAP");
    expect(victim.state).toBe("failed");
    expect(pathOf(other.receive(bytes(request("/other").slice(30))))).toBe("/other");
    const later = server();
    expect(pathOf(later.receive(bytes(request("/later"))))).toBe("/later");
    expect(leaseBlock({}, new Uint32Array(16)).instance).not.toBe(instance);
  });
});
