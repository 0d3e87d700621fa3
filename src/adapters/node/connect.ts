// connect(): opens one connection and finds out what is spoken on it. Rules of the file: over TLS ALPN decides, in
// the clear the caller (RFC 9113 sections 3.2 and 3.3), over QUIC it is HTTP/3; wrong options are found before the
// socket is opened.

import net from "node:net";
import tls from "node:tls";
import { UsageError } from "../../errors.js";
import type { H2Settings } from "../../h2.js";
import type { LenientOption } from "../../leniency.js";
import { checkLimits, type Limits } from "../limits.js";
import type { Client, Origin } from "./client.js";
import { H1Client, h1Connection } from "./client-h1.js";
import { H2Client, h2Connection } from "./client-h2.js";
import { H3Client, h3Connection } from "./client-h3.js";
import type { QuicClientOptions } from "./quic-options.js";

export type { Client, ClientRequest } from "./client.js";
export type { ClientResponse } from "./client-exchange.js";

export interface ClientOptions {
  readonly port: number;
  /** Name or address. Default "127.0.0.1". */
  readonly host?: string;
  /**
   * TLS: true, or what `tls.connect` takes. The certificate is checked unless it says otherwise. "h2" and "http/1.1"
   * are offered unless `ALPNProtocols` says otherwise.
   */
  readonly tls?: boolean | tls.ConnectionOptions;
  /** Without TLS: the server is known to speak HTTP/2 in the clear. Default false: HTTP/1.1. */
  readonly h2c?: boolean;
  /** HTTP/3: the transport, and what it takes. Of `tls` count `ca`, `servername` and `rejectUnauthorized`. */
  readonly quic?: QuicClientOptions;
  /** Limits of all protocols: where a name exists in several, the value counts for each. */
  readonly limits?: Limits;
  /** HTTP/1.1 only: HTTP/2 has no leniencies. */
  readonly lenient?: LenientOption;
  /** SETTINGS of HTTP/2, and the window of the connection. */
  readonly h2Settings?: H2Settings;
  /** HTTP/1.1: requests on the way before the first answer. Default 1. */
  readonly pipelining?: number;
  /** Aborting it closes the connection at once. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to a server.
 *
 * @throws UsageError for options that cannot work; the system's error where nobody answers (ECONNREFUSED)
 */
export async function connect(options: ClientOptions): Promise<Client> {
  const { pipelining = 1, signal } = options;
  if (!Number.isInteger(pipelining) || pipelining < 1) {
    throw new UsageError("PIPELINING_INVALID", "pipelining takes a whole number from 1");
  }
  if (options.h2c && isSecure(options)) {
    throw new UsageError("CLIENT_H2C_SECURE", "h2c is HTTP/2 without TLS: leave one of them out");
  }
  signal?.throwIfAborted();
  checkLimits(options.limits);
  if (options.quic !== undefined) return connectQuic(options, options.quic);
  // Both before the socket is there: wrong leniencies and settings are found now.
  const h1 = h1Connection(options);
  const h2 = h2Connection(options);
  const socket = await open(options);
  const origin = originOf(options);
  const isH2 = options.h2c === true || (socket as tls.TLSSocket).alpnProtocol === "h2";
  const client = isH2
    ? new H2Client(socket, h2, origin)
    : new H1Client(socket, h1, origin, pipelining);
  (isH2 ? h1 : h2).close();
  signal?.addEventListener("abort", () => client.destroy(signal.reason), { once: true });
  return client;
}

async function connectQuic(options: ClientOptions, quic: QuicClientOptions): Promise<H3Client> {
  const { host = "127.0.0.1", port, signal } = options;
  const own = typeof options.tls === "object" ? options.tls : {};
  if (typeof quic?.transport?.connect !== "function") {
    throw new UsageError("CLIENT_QUIC_TRANSPORT", "quic takes { transport }: see quicheTransport");
  }
  const connection = h3Connection(options.limits, quic);
  const { transport, resumption, ...settings } = quic;
  const opened = await quic.transport.connect({
    ...{ ...settings, host, port, verify: own.rejectUnauthorized !== false },
    ...(own.servername === undefined ? {} : { serverName: own.servername }),
    ...(own.ca === undefined ? {} : { ca: [own.ca].flat().map(String).join("\n") }),
    ...(resumption === undefined ? {} : { session: resumption.session }),
    ...(signal === undefined ? {} : { signal }),
  });
  const client = new H3Client(opened, connection, originOf({ ...options, tls: true }));
  signal?.addEventListener("abort", () => client.destroy(signal.reason), { once: true });
  return client;
}

const isSecure = (options: ClientOptions): boolean =>
  options.tls !== undefined && options.tls !== false;

async function open(options: ClientOptions): Promise<net.Socket> {
  const { host = "127.0.0.1", port } = options;
  const common = { host, port, allowHalfOpen: true, noDelay: true };
  const socket = isSecure(options) ? tls.connect(secure(options, common)) : net.connect(common);
  const abort = () => socket.destroy(options.signal?.reason);
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once(isSecure(options) ? "secureConnect" : "connect", () => {
        socket.off("error", reject);
        resolve();
      });
    });
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
  return socket;
}

function secure(
  options: ClientOptions,
  common: { host: string; port: number },
): tls.ConnectionOptions {
  const own = typeof options.tls === "object" ? options.tls : {};
  // A server name is a name: an address may not be one (RFC 6066 section 3).
  const name = net.isIP(common.host) === 0 ? { servername: common.host } : {};
  return { ALPNProtocols: ["h2", "http/1.1"], ...name, ...own, ...common };
}

function originOf(options: ClientOptions): Origin {
  const { host = "127.0.0.1", port } = options;
  const scheme = isSecure(options) ? "https" : "http";
  const name = net.isIPv6(host) ? `[${host}]` : host;
  const isDefault = port === (scheme === "https" ? 443 : 80);
  return { scheme, authority: isDefault ? name : `${name}:${port}` };
}
