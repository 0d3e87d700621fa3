// Our server over HTTP/3 for the peers, with what they sent. Not a test.

import { native } from "@matrixai/quic";
import { quicheTransport, type ServeOptions, type Server, serve } from "tercet/node";
import { application } from "../../interop/application.js";
import type { Setting } from "../../interop/setting.js";
import { recording, type Wire } from "./wires.js";

/** QUIC in this process. */
export const transport = quicheTransport(native.quiche);

export interface Ours {
  readonly server: Server;
  /** "https://localhost:PORT", where HTTP/3 is. */
  readonly url: string;
  readonly port: number;
  /** What peers did wrong, as error codes. */
  readonly errors: string[];
  /** What the application, or we, did wrong; /fail is meant so. */
  readonly faults: string[];
  /** A wire for each connection of HTTP/3. */
  readonly wires: Wire[];
  end(): Promise<void>;
}

export async function startOurs(
  { key, cert }: Setting,
  options: Partial<ServeOptions> = {},
  quic: Partial<NonNullable<ServeOptions["quic"]>> = {},
): Promise<Ours> {
  const errors: string[] = [];
  const faults: string[] = [];
  const wires: Wire[] = [];
  const server = await serve({
    fetch: application,
    tls: { key, cert },
    quic: { transport: recording(transport, wires), ...quic },
    onError: (error) => errors.push(`${error.code}: ${error.message}`),
    onFault: (fault) => {
      if (!String(fault).includes("the application gives up")) faults.push(String(fault));
    },
    timeouts: { drainMs: 500 },
    ...options,
  });
  const { port } = server.address;
  const url = `https://localhost:${port}`;
  return { server, url, port, errors, faults, wires, end: () => server.close() };
}
