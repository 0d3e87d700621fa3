// denoTransport over a Deno of our own: what is kept of streams that are over, and of handshakes that are not wanted. What the
// real one does: deno.test.ts.

import { type DenoQuic, denoTransport } from "tercet/web";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

const none = () => new ReadableStream({ start: () => {} });
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A connection whose streams are echoed nowhere: what we write is dropped, the peer ends its side at once. */
function fakeConnection(log: string[]) {
  let id = 0n;
  const readable = () =>
    Object.assign(new ReadableStream({ start: (controller) => controller.close() }), { id });
  const writable = (name: string) =>
    new WritableStream({ abort: () => void log.push(`abort ${name}`) });
  return {
    remoteAddr: { hostname: "127.0.0.1", port: 1 },
    protocol: "h3",
    closed: new Promise(() => {}),
    maxDatagramSize: 1000,
    incomingBidirectionalStreams: none(),
    incomingUnidirectionalStreams: none(),
    async createBidirectionalStream() {
      const both = { readable: readable(), writable: writable(`bidi ${id}`) };
      id += 4n;
      return both;
    },
    createUnidirectionalStream: async () => writable("uni"),
    sendDatagram: async () => {},
    readDatagram: () => new Promise(() => {}),
    close: () => log.push("close"),
  };
}

const denoOf = (conn: unknown): DenoQuic =>
  ({ QuicEndpoint: class {}, connectQuic: async () => conn }) as unknown as DenoQuic;

const receiver = () => ({
  stream() {},
  reset() {},
  stopSending() {},
  datagram() {},
  established() {},
  turn() {},
  closed() {},
});

test("streams that are over on both sides are forgotten", async () => {
  const made: Map<unknown, unknown>[] = [];
  const Plain = Map;
  vi.stubGlobal(
    "Map",
    class<Key, Value> extends Plain<Key, Value> {
      constructor(entries?: Iterable<readonly [Key, Value]> | null) {
        super(entries);
        made.push(this);
      }
    },
  );
  const transport = denoTransport(denoOf(fakeConnection([])));
  const connection = await transport.connect?.({ host: "127.0.0.1", port: 1 });
  connection?.start(receiver());
  for (let i = 0; i < 50; i++) {
    connection?.write(4 * i, Uint8Array.of(1), true);
    connection?.write(2 + 4 * i, Uint8Array.of(1), i % 2 === 0);
    if (i % 2 === 1) connection?.reset(2 + 4 * i, 1);
    await turn();
  }
  await turn();
  expect(Math.max(...made.map(({ size }) => size))).toBeLessThan(5);
});

test("a stream that is given up before it is open is given up when it is", async () => {
  const log: string[] = [];
  const connection = await denoTransport(denoOf(fakeConnection(log))).connect?.({
    host: "127.0.0.1",
    port: 1,
  });
  connection?.start(receiver());
  connection?.write(0, Uint8Array.of(1), false);
  connection?.reset(0, 1);
  await turn();
  expect(log).toEqual(["abort bidi 0"]);
});

test("a signal is left alone when the handshake is done", async () => {
  const { signal } = new AbortController();
  const added = vi.spyOn(signal, "addEventListener");
  const removed = vi.spyOn(signal, "removeEventListener");
  await denoTransport(denoOf(fakeConnection([]))).connect?.({ host: "127.0.0.1", port: 1, signal });
  expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([1, 1]);
});
