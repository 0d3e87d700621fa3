// H2Reader, heads and ends: what a section gives to own, stops and releases inside a call, nested calls, traps, many
// connections. Titles carry the rows of the rule list.

import { cuts } from "tercet/fuzz";
import { HpackEncoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { type FieldSection, H2Reader, type H2ReaderSettings } from "../../src/codec/h2.js";
import { h2PoolState } from "../../src/engine/h2-pool.js";
import { END_HEADERS, PRIORITY_FLAG, TYPE } from "../helpers/h2-names.js";
import { LogSink, READER, readerLog } from "../helpers/h2-reader-log.js";
import {
  block,
  concat,
  data,
  field,
  frame,
  GET,
  headers,
  OK,
  PREFACE,
  ping,
  settings,
} from "../helpers/h2-wire.js";
import type { Said } from "../helpers/naive/h2-frames.js";

const START = concat(PREFACE, settings());
const AT = START.length;

/** What is said behind the preface and the first SETTINGS, the same at every cut. */
function said(wire: Uint8Array, options: Partial<H2ReaderSettings> = {}): Said[] {
  const bytes = options.isClient ? concat(settings(), wire) : concat(START, wire);
  const whole = readerLog([bytes], options);
  for (const pieces of cuts(bytes, { most: 64 })) expect(readerLog(pieces, options)).toEqual(whole);
  return whole.slice(options.isClient ? 2 : 3);
}

/** Said without the calls that every frame has. */
const spoken = (wire: Uint8Array, options: Partial<H2ReaderSettings> = {}): Said[] =>
  said(wire, options).filter(([name]) => name !== "frame");

const make = (options: Partial<H2ReaderSettings> = {}) => new H2Reader({ ...READER, ...options });

describe("heads", () => {
  const headOf = (wire: Uint8Array) => {
    let head: ReturnType<FieldSection["head"]> | undefined;
    class Sink extends LogSink {
      override onHeaders(_id: number, _flags: number, section: FieldSection): void {
        head = section.head("request");
      }
    }
    const reader = make();
    reader.receive(concat(START, wire), new Sink());
    reader.release();
    if (head === undefined || !("method" in head)) throw new Error("no head");
    return head;
  };

  test("H2-178 a request: members, look-ups, crumbs", () => {
    const head = headOf(
      headers(1, [...GET, "cookie", "a=b", "x-a", "1", "cookie", "c=d", "x-a", "2"]),
    );
    expect(head).toMatchObject({
      ...{ method: "GET", target: "/", path: "/", scheme: "https", authority: "a", protocol: null },
      httpVersion: "2",
    });
    expect(head.rawHeaders).toEqual(["cookie", "a=b", "x-a", "1", "cookie", "c=d", "x-a", "2"]);
    expect(head.get("Cookie")).toBe("a=b; c=d");
    expect(head.get("X-A")).toBe("1, 2");
    expect(head.getAll("x-a")).toEqual(["1", "2"]);
    expect(head.has("X-B")).toBe(false);
    expect([...head]).toHaveLength(4);
  });

  test("H2-193 host stands in for :authority", () => {
    const fields = [":method", "GET", ":scheme", "https", ":path", "/x", "host", "b:1"];
    expect(headOf(headers(1, fields))).toMatchObject({ authority: "b:1", target: "/x" });
  });

  test("H2-195 CONNECT", () => {
    const fields = [":method", "CONNECT", ":authority", "b:1"];
    expect(headOf(headers(1, fields))).toMatchObject({
      ...{ authority: "b:1", target: "b:1", path: null, scheme: null, protocol: null },
    });
  });

  test("XC-005 extended CONNECT", () => {
    const fields = [
      ":method",
      "CONNECT",
      ":protocol",
      "websocket",
      ":scheme",
      "https",
      ":path",
      "/chat",
      ":authority",
      "b",
    ];
    expect(headOf(headers(1, fields))).toMatchObject({
      protocol: "websocket",
      target: "/chat",
      path: "/chat",
    });
  });

  test("HP-030 never-indexed fields are marked, whatever stands around them", () => {
    const head = headOf(
      headers(
        1,
        concat(
          block(GET),
          field("x-a", "1"),
          field("x-key", "s", "never"),
          field("x-b", "2", "indexed"),
        ),
      ),
    );
    expect(["x-a", "X-Key", "x-b", ":path"].map((name) => head.isSensitive(name))).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  test("the view says what the head says, and keeps it", () => {
    const fields = [":method", "POST", ":scheme", "https", ":authority", "a", ":path", "/x"];
    const own = headOf(headers(1, [...fields, "x-a", "1", "x-a", "2"]));
    const seen: unknown[] = [];
    class Sink extends LogSink {
      override onHeaders(id: number, _flags: number, section: FieldSection): void {
        const view = section.view(id === 1 ? "request" : "response");
        if (id !== 1) return void seen.push(view.status, view.method, view.get("x-a"), view.keep());
        const { method, target, path, scheme, authority, protocol, httpVersion } = view;
        expect({ method, target, path, scheme, authority, protocol, httpVersion }).toEqual({
          ...{ method: "POST", target: "/x", path: "/x", scheme: "https" },
          ...{ authority: "a", protocol: null, httpVersion: "2" },
        });
        expect(view.rawHeaders).toEqual(own.rawHeaders);
        expect([view.get("X-A"), view.getAll("x-a"), view.has("x-b")]).toEqual([
          "1, 2",
          ["1", "2"],
          false,
        ]);
        expect([view.isSensitive("x-a"), [...view], view.reason]).toEqual([false, [...own], null]);
        seen.push(view.keep());
      }
    }
    const reader = make();
    reader.receive(
      concat(
        START,
        headers(1, [...fields, "x-a", "1", "x-a", "2"]),
        headers(3, [...OK, "x-a", "3"]),
      ),
      new Sink(),
    );
    reader.release();
    expect(seen[0]).toEqual(own);
    expect(seen.slice(1, 4)).toEqual([200, "", "3"]);
    expect(seen[4]).toMatchObject({ status: 200, rawHeaders: ["x-a", "3"], reason: null });
  });

  test.each(["GET", "POST", "PUT", "HEAD", "CONNECT"])(
    "the method %s, wherever it stands and however it was encoded",
    (method) => {
      const rest = [":scheme", "https", ":path", "/", ":authority", "a"];
      const encoder = new HpackEncoder();
      const blocks = [
        block([":method", method, ...rest]),
        block([...rest, ":method", method]),
        encoder.encode([":method", method, ...rest]),
        encoder.encode([...rest, ":method", method]),
      ];
      const seen: string[] = [];
      class Sink extends LogSink {
        override onHeaders(_id: number, _flags: number, section: FieldSection): void {
          seen.push(section.method, section.path, section.method);
        }
      }
      const reader = make();
      reader.receive(
        concat(START, ...blocks.map((bytes, i) => headers(2 * i + 1, bytes))),
        new Sink(),
      );
      reader.release();
      expect(seen).toEqual(blocks.flatMap(() => [method, "/", method]));
    },
  );

  test("no method at all", () => {
    expect(headOf(headers(1, [":path", "/", "x-a", "b"])).method).toBe("");
    expect(headOf(headers(1, [])).method).toBe("");
  });

  test("octets above 0x7F are characters", () => {
    expect(headOf(headers(1, [...GET, "x-a", "\xe4\xff"])).get("x-a")).toBe("\xe4\xff");
  });
});

describe("stops and engines", () => {
  test("a sink that releases the reader in a call hears nothing more", () => {
    for (const name of [
      "onPreface",
      "onFrame",
      "onHeaders",
      "onDataStart",
      "onDataBytes",
      "onDataEnd",
    ] as const) {
      const reader = make();
      let calls = 0;
      const sink = new LogSink();
      const counted = new Proxy(sink, {
        get(target, member) {
          if (member === "stopped") return false;
          const own = Reflect.get(target, member);
          if (typeof own !== "function") return own;
          return (...args: unknown[]) => {
            calls++;
            const result = Reflect.apply(own, target, args);
            if (member === name && (name !== "onFrame" || args[0] === TYPE.DATA)) {
              reader.release();
              calls = 0;
            }
            return result;
          };
        },
      });
      const wire = concat(START, headers(1, GET), data(1, "x".repeat(50)), ping());
      for (const piece of [wire.subarray(0, AT + 80), wire.subarray(AT + 80)])
        reader.receive(piece, counted);
      expect(calls, name).toBe(0);
      expect(sink.said.some(([said]) => said === "ping")).toBe(false);
    }
  });

  test("places are given back: on release, after an error, after a stop", () => {
    const before = h2PoolState().blocks;
    const released = make();
    released.receive(START, new LogSink());
    expect(h2PoolState().blocks).toBe(before + 1);
    released.release();
    released.release();
    make().receive(concat(START, frame(9, 0, 1)), new LogSink());
    make().receive(START, new LogSink(2));
    expect(h2PoolState().blocks).toBe(before);
    released.receive(START, new LogSink());
    expect(h2PoolState().blocks).toBe(before);
  });

  test("a sink feeds other connections, and its own section stays what it was", () => {
    const outer = make();
    const inner = Array.from({ length: 3 }, () => make());
    const encoders = inner.map(() => new HpackEncoder());
    for (const reader of inner) reader.receive(START, new LogSink());
    const seen: string[][] = [];
    const insideSinks = inner.map(() => new LogSink());
    class Sink extends LogSink {
      override onHeaders(streamId: number, _flags: number, section: FieldSection): void {
        for (const [i, reader] of inner.entries()) {
          const bytes = encoders[i]?.encode([...GET, "x-inner", `${i}`]) ?? block(GET);
          reader.receive(headers(streamId, bytes), insideSinks[i] as LogSink);
        }
        seen.push([...section.rawHeaders]);
      }
    }
    const encoder = new HpackEncoder();
    const wire = [1, 3, 5].map((id) =>
      headers(id, encoder.encode([...GET, "x-outer", `${id % 3}`])),
    );
    outer.receive(concat(START, ...wire), new Sink());
    expect(seen).toEqual([1, 0, 2].map((value) => ["x-outer", `${value}`]));
    for (const [i, sink] of insideSinks.entries()) {
      const lists = sink.said
        .filter(([name]) => name === "headers")
        .map((call) => (call[3] as string[]).slice(-2));
      expect(lists).toEqual([1, 2, 3].map(() => ["x-inner", `${i}`]));
    }
    for (const reader of [outer, ...inner]) reader.release();
  });

  test("H2-148 a trap ends one connection and no other", () => {
    const [victim, other] = [make(), make()];
    const [victimSink, otherSink] = [new LogSink(), new LogSink()];
    victim.receive(START, victimSink);
    other.receive(START, otherSink);
    const { instance } = victim as unknown as { instance: { exports: { exec: unknown } } };
    const exports = instance.exports;
    Object.defineProperty(instance, "exports", {
      configurable: true,
      value: {
        ...exports,
        exec: () => {
          throw new WebAssembly.RuntimeError("unreachable");
        },
      },
    });
    victim.receive(ping(), victimSink);
    Object.defineProperty(instance, "exports", { value: exports });
    expect(victimSink.said.at(-1)).toEqual(["error", "H2_ENGINE_TRAP", AT]);
    other.receive(ping(), otherSink);
    expect(otherSink.said.at(-1)?.[0]).toBe("ping");
    other.release();
  });

  test("10,000 connections, all in the middle of a frame", () => {
    const wire = concat(START, headers(1, GET));
    const all = Array.from({ length: 10_000 }, () => ({ reader: make(), sink: new LogSink() }));
    for (const [i, { reader, sink }] of all.entries())
      reader.receive(wire.subarray(0, AT + 1 + (i % 40)), sink);
    for (const [i, { reader, sink }] of all.entries()) {
      reader.receive(wire.subarray(AT + 1 + (i % 40)), sink);
      if (sink.said.at(-1)?.[0] !== "headers") throw new Error(`connection ${i}`);
      reader.release();
    }
    expect(all).toHaveLength(10_000);
  });

  test("the deprecated flags and the reserved bit of HEADERS change nothing else", () => {
    const wire = frame(TYPE.HEADERS, 0xd3 | END_HEADERS, 2 ** 31 + 1, block(GET));
    expect(spoken(wire)[0]?.slice(0, 2)).toEqual(["headers", 1]);
    expect(PRIORITY_FLAG & 0xd3).toBe(0);
  });
});

describe("what a sink may do in a call", () => {
  test("H2-027 a table that moves to another engine while its records are read", () => {
    const encoder = new HpackEncoder();
    const wire = (id: number) =>
      headers(id, encoder.encode([...GET, "x-a", "same", "x-b", `${id}`]));
    const reader = make();
    const seen: string[][] = [];
    class Sink extends LogSink {
      override onHeaders(streamId: number, _flags: number, section: FieldSection): void {
        // Rings of this size are few in one engine: some connections must move.
        if (streamId === 1) reader.setTableLimit(262_144);
        seen.push([...section.rawHeaders]);
      }
    }
    const others = Array.from({ length: 40 }, () => make({ headerTableSize: 262_144 }));
    for (const other of others) other.receive(START, new LogSink());
    reader.receive(concat(START, wire(1), wire(3), wire(5), wire(7)), new Sink());
    reader.receive(wire(9), new Sink());
    expect(seen).toEqual([1, 3, 5, 7, 9].map((id) => ["x-a", "same", "x-b", `${id}`]));
    for (const one of [reader, ...others]) one.release();
  });

  test("throw: the error passes, and the reader is at its end", () => {
    const reader = make();
    class Sink extends LogSink {
      override onPing(): void {
        throw new Error("mine");
      }
    }
    const sink = new Sink();
    reader.receive(START, sink);
    expect(() => reader.receive(concat(ping(), ping()), sink)).toThrow("mine");
    const { length } = sink.said;
    reader.receive(ping(), sink);
    expect(sink.said).toHaveLength(length);
    expect(readerLog([concat(START, ping())]).at(-1)?.[0]).toBe("ping"); // the engine goes on
    reader.release();
  });
});
