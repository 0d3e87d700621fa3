// `new WebTransport(url)` with the shape of the W3C API: over HTTP/2 and TLS, or over HTTP/3 where a QUIC transport is given.

import { createHash, type X509Certificate } from "node:crypto";
import net from "node:net";
import tls from "node:tls";
import { UsageError } from "../../errors.js";
import type { HeaderList } from "../../events.js";
import { H2Connection } from "../../h2.js";
import { H3Connection } from "../../h3.js";
import type { H3Limits } from "../../limits.js";
import {
  type H2Dialect,
  type H2InitialLimits,
  SessionBody,
  type SessionToOpen,
  WebTransportDriver,
  WebTransportSession,
  webtransportH2Settings,
} from "../../webtransport.js";
import { attachQuic } from "../quic/drive.js";
import type { QuicTransport } from "../quic/transport.js";
import { attach } from "./attach.js";

/** A certificate by the hash of its bytes (W3C WebTransportHash). */
export interface CertificateHash {
  /** "sha-256" */
  readonly algorithm: string;
  readonly value: ArrayBuffer | ArrayBufferView;
}

/** What `new WebTransport` takes beside the URL. */
export interface WebTransportClientOptions {
  /** Certificates that are trusted although nobody vouches for them: valid now, and for at most two weeks. */
  readonly serverCertificateHashes?: readonly CertificateHash[];
  /** Authorities that are trusted, PEM. Default: those of the platform. */
  readonly ca?: string | readonly string[];
  /** Protocols to choose from, first the one liked most. */
  readonly protocols?: readonly string[];
  readonly origin?: string;
  readonly headers?: HeaderList;
  /** HTTP/3 over this transport; else HTTP/2 over TLS. */
  readonly quic?: { readonly transport: QuicTransport };
  /** There must be datagrams that may be lost: HTTP/3. Default false. */
  readonly requireUnreliable?: boolean;
  readonly limits?: H3Limits;
  /** What the server may do on a session over HTTP/2 before more is allowed. */
  readonly initial?: Partial<H2InitialLimits>;
  /** The version that the server speaks over HTTP/2. Default: as its SETTINGS look. */
  readonly h2Dialect?: H2Dialect;
}

/** A client's WebTransport session (W3C WebTransport). */
export class WebTransport extends WebTransportSession {
  /** Sessions over HTTP/2 can be had. */
  static readonly supportsReliableOnly = true;
  readonly #body: SessionBody;

  /**
   * Connects and asks for a session; `ready` says how that went.
   * @throws SyntaxError for what is no https URL, UsageError for options that cannot work
   */
  constructor(url: string | URL, options: WebTransportClientOptions = {}) {
    const body = new SessionBody();
    super(body);
    this.#body = body;
    const target = new URL(url);
    if (target.protocol !== "https:" || target.hash !== "")
      throw new DOMException("WebTransport takes an https URL without a fragment", "SyntaxError");
    if (options.requireUnreliable === true && options.quic === undefined)
      throw new UsageError("WT_UNRELIABLE", "requireUnreliable needs a QUIC transport: quic");
    if (options.quic !== undefined && options.serverCertificateHashes !== undefined)
      throw new UsageError("WT_HASHES", "transports of QUIC take ca, and no certificate hashes");
    const connected = options.quic === undefined ? overTls : overQuic;
    connected(target, body, options).catch((error: Error) => this.#body.fail(error.message, error));
  }
}

function sessionOf(url: URL, options: WebTransportClientOptions): SessionToOpen {
  const { protocols, origin, headers } = options;
  return {
    authority: url.host,
    path: url.pathname + url.search,
    ...(protocols === undefined ? {} : { protocols }),
    ...(origin === undefined ? {} : { origin }),
    ...(headers === undefined ? {} : { headers }),
  };
}

const portOf = (url: URL): number => (url.port === "" ? 443 : Number(url.port));
/** Without the brackets of an address of IPv6. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

/** A connection serves one session: it ends with it. */
async function overTls(
  url: URL,
  body: SessionBody,
  options: WebTransportClientOptions,
): Promise<void> {
  const socket = await openTls(url, options, body);
  const { limits, initial, h2Dialect } = options;
  const connection = new H2Connection({
    role: "client",
    clock: () => performance.now(),
    settings: { extra: webtransportH2Settings(initial) },
  });
  const driver = new WebTransportDriver(connection, {
    role: "client",
    ...(limits === undefined ? {} : { limits }),
    ...(initial === undefined ? {} : { initial }),
    ...(h2Dialect === undefined ? {} : { h2Dialect }),
    flush: () => attachment.flushSoon(),
  });
  const attachment = attach(socket, connection, (events) => {
    for (const event of events) {
      driver.handle(event);
      if (event.type === "settings") ask();
    }
  });
  const ask = once(() => driver.connectBody(body, sessionOf(url, options)), body);
  attachment.closed.then(() => {
    driver.connectionLost();
    body.fail(attachment.error?.message ?? "the connection is gone", attachment.error);
  });
  whenOver(body, () => {
    connection.close();
    attachment.flush();
  });
}

async function overQuic(
  url: URL,
  body: SessionBody,
  options: WebTransportClientOptions,
): Promise<void> {
  const { quic, limits, ca } = options;
  const handshake = new AbortController();
  whenOver(body, () => handshake.abort());
  const opened = await quic?.transport.connect?.({
    host: hostOf(url),
    port: portOf(url),
    signal: handshake.signal,
    ...(ca === undefined ? {} : { ca: [ca].flat().join("\n") }),
  });
  if (opened === undefined)
    throw new UsageError("CLIENT_QUIC_TRANSPORT", "quic takes { transport } with connect()");
  const connection = new H3Connection({
    role: "client",
    webtransport: true,
    window: "manual",
    clock: () => performance.now(),
    ...(limits === undefined ? {} : { limits }),
  });
  const driver = new WebTransportDriver(connection, {
    role: "client",
    ...(limits === undefined ? {} : { limits }),
    flush: () => attachment.flush(),
    maxDatagramSize: () => Math.max(0, opened.maxDatagramLength - 8),
  });
  const attachment = attachQuic(opened, connection, (events) => {
    for (const event of events) {
      driver.handle(event);
      if (event.type === "settings") ask();
    }
  });
  const ask = once(() => driver.connectBody(body, sessionOf(url, options)), body);
  attachment.closed.then(() => {
    driver.connectionLost();
    body.fail("the connection is gone");
  });
  whenOver(body, () => {
    connection.close();
    attachment.flush();
  });
}

/** Calls when the session has ended, in whatever way. */
function whenOver(body: SessionBody, call: () => void): Promise<void> {
  return body.closed.promise.then(call, call);
}

/** Calls once; what goes wrong fails the session. */
function once(call: () => void, body: SessionBody): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    try {
      call();
    } catch (error) {
      body.fail((error as Error).message, error);
    }
  };
}

async function openTls(
  url: URL,
  options: WebTransportClientOptions,
  body: SessionBody,
): Promise<tls.TLSSocket> {
  const { serverCertificateHashes: hashes, ca } = options;
  const host = hostOf(url);
  const socket = tls.connect({
    host,
    port: portOf(url),
    ALPNProtocols: ["h2"],
    // With hashes the certificate is checked below, before a byte is sent.
    rejectUnauthorized: hashes === undefined,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca: [...[ca].flat()] }),
  });
  socket.setNoDelay(true);
  let isOpen = false;
  whenOver(body, () => {
    if (!isOpen) socket.destroy(new Error("closed during the handshake"));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      isOpen = true;
      socket.off("error", reject);
      resolve();
    });
  });
  const problem = problemOf(socket, hashes);
  if (problem === null) return socket;
  socket.destroy();
  throw new Error(problem);
}

function problemOf(
  socket: tls.TLSSocket,
  hashes: readonly CertificateHash[] | undefined,
): string | null {
  if (socket.alpnProtocol !== "h2") return "the server does not speak HTTP/2";
  if (hashes === undefined) return null;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined || !matches(certificate, hashes))
    return "the certificate of the server has none of the hashes";
  return isShortLived(certificate)
    ? null
    : "the certificate is not valid, or for more than 14 days";
}

function matches(certificate: X509Certificate, hashes: readonly CertificateHash[]): boolean {
  const hash = createHash("sha256").update(certificate.raw).digest();
  return hashes.some(({ algorithm, value }) => {
    if (algorithm.toLowerCase() !== "sha-256") return false;
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
    return hash.equals(bytes);
  });
}

const DAYS_14 = 14 * 24 * 60 * 60 * 1000;

function isShortLived(certificate: X509Certificate): boolean {
  const from = Date.parse(certificate.validFrom);
  const to = Date.parse(certificate.validTo);
  const now = Date.now();
  return from <= now && now <= to && to - from <= DAYS_14;
}
