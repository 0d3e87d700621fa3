// Real TLS connections in process: node:tls on both sides of a pipe. What goes over the wire is recorded in its order, with
// the key log, and what the applications sent.

import { once } from "node:events";
import { Duplex } from "node:stream";
import tls from "node:tls";
import { selfSigned } from "../../src/cli/self-signed.js";
import type { Direction } from "../../src/inspect/events.js";

/** Octets that one side wrote. */
export interface WirePiece {
  readonly direction: Direction;
  readonly bytes: Uint8Array;
}

/** One connection, as an observer has it. */
export interface TlsTrace {
  readonly wire: WirePiece[];
  readonly keyLog: string;
  readonly client: Uint8Array;
  readonly server: Uint8Array;
  readonly session: Buffer | null;
  readonly protocol: string | null;
  readonly cipher: string;
}

export interface TraceOptions {
  readonly server?: tls.TlsOptions;
  readonly client?: tls.ConnectionOptions;
  /** Chunks that each side sends in turn; the client begins. */
  readonly chunks?: readonly Uint8Array[];
  /** Does more before the end. */
  readonly before?: (client: tls.TLSSocket, server: tls.TLSSocket) => Promise<void>;
  /** A server to use again (its tickets), as `makeServer` made it. */
  readonly on?: tls.Server;
}

export const { key, cert } = selfSigned();

/** Two ends of a pipe; `onWrite` sees what each writes. */
function pipe(onWrite: (direction: Direction, bytes: Uint8Array) => void): [Duplex, Duplex] {
  const end = (direction: Direction, other: () => Duplex): Duplex =>
    new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, done) {
        const copy = Uint8Array.from(bytes);
        onWrite(direction, copy);
        other().push(Buffer.from(copy));
        done();
      },
      final(done) {
        other().push(null);
        done();
      },
    });
  const client: Duplex = end("client", () => server);
  const server: Duplex = end("server", () => client);
  return [client, server];
}

/** A server for several connections. */
export function makeServer(options: tls.TlsOptions = {}): tls.Server {
  return tls.createServer({ key, cert, ...options });
}

/** Makes a connection, sends the chunks in turn, closes it. */
export async function traceTls(options: TraceOptions = {}): Promise<TlsTrace> {
  const wire: WirePiece[] = [];
  const [clientEnd, serverEnd] = pipe((direction, bytes) => wire.push({ direction, bytes }));
  const server = options.on ?? makeServer(options.server);
  const accepted = once(server, "secureConnection") as Promise<[tls.TLSSocket]>;
  server.emit("connection", serverEnd);
  const client = tls.connect({
    socket: clientEnd,
    servername: "localhost",
    rejectUnauthorized: false,
    ...options.client,
  });
  let keyLog = "";
  let session: Buffer | null = null;
  client.on("keylog", (line: Buffer) => {
    keyLog += line.toString("latin1");
  });
  client.on("session", (made: Buffer) => {
    session = made;
  });
  const [[socket]] = await Promise.all([accepted, once(client, "secureConnect")]);
  const sent = await talk(client, socket, options.chunks ?? [text("hello"), text("good day")]);
  await options.before?.(client, socket);
  const protocol = client.getProtocol();
  const cipher = client.getCipher().standardName;
  const ended = [once(client, "close"), once(socket, "close")];
  client.end();
  socket.resume();
  client.resume();
  socket.end();
  await Promise.all(ended);
  return { wire, keyLog, session, protocol, cipher, ...sent };
}

async function talk(
  client: tls.TLSSocket,
  server: tls.TLSSocket,
  chunks: readonly Uint8Array[],
): Promise<{ client: Uint8Array; server: Uint8Array }> {
  const sent: Record<Direction, Uint8Array[]> = { client: [], server: [] };
  for (const [at, chunk] of chunks.entries()) {
    const [from, to] = at % 2 === 0 ? [client, server] : [server, client];
    sent[at % 2 === 0 ? "client" : "server"].push(chunk);
    from.write(chunk);
    let missing = chunk.length;
    while (missing > 0) {
      const got: Buffer | null = to.read();
      if (got === null) await once(to, "readable");
      else missing -= got.length;
    }
  }
  return { client: Buffer.concat(sent.client), server: Buffer.concat(sent.server) };
}

export function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}
