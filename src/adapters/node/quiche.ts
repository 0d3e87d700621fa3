// quicheTransport(): QUIC by Cloudflare's quiche, as `@matrixai/quic` has it in process. Rules of the file: the binding
// is handed in, tercet does not depend on it; ALPN, windows and limits of streams are QuicSettings; the
// name in a server's certificate is checked here, for quiche checks none of an address.

import { randomBytes, X509Certificate } from "node:crypto";
import dns from "node:dns/promises";
import net from "node:net";
import tls from "node:tls";
import { UsageError } from "../../errors.js";
import { closeError, QuicError } from "../quic/quic-error.js";
import type {
  QuicClose,
  QuicConnection,
  QuicConnectOptions,
  QuicListener,
  QuicListenOptions,
  QuicSettings,
  QuicTransport,
} from "../quic/transport.js";
import type { QuicheAddress, QuicheBinding, QuicheConfig, QuicheNative } from "./quiche-binding.js";
import { QuicheConnection } from "./quiche-connection.js";
import { QuicheEndpoint } from "./quiche-endpoint.js";
import { ID_LENGTH, longHeaderOf } from "./quiche-packet.js";
import { RetryTokens } from "./quiche-retry.js";

/**
 * A QUIC transport for `serve` and `connect`.
 *
 * @param binding `native.quiche` of `@matrixai/quic`
 * @example
 * import { native } from "@matrixai/quic";
 * const server = await serve({ tls: { key, cert }, quic: { transport: quicheTransport(native.quiche) }, fetch });
 */
export function quicheTransport(binding: QuicheBinding): QuicTransport {
  if (typeof binding?.Connection?.accept !== "function") {
    throw new UsageError(
      "QUIC_BINDING_INVALID",
      "quicheTransport takes native.quiche of @matrixai/quic",
    );
  }
  return {
    name: "quiche",
    listen: (options, onConnection) => listen(binding, options, onConnection),
    connect: (options) => connect(binding, options),
  };
}

/** RFC 9000 section 14.1. */
const INITIAL_LENGTH = 1_200;
const DATAGRAMS = 256;

/** Windows that a fast reader may grow to, as multiples of what they begin with. */
const GROWTH = 16;

function configOf(
  config: QuicheConfig,
  binding: QuicheBinding,
  settings: QuicSettings,
): QuicheConfig {
  const { streamWindow = 256 * 1024, connectionWindow = 1024 * 1024 } = settings;
  config.setApplicationProtos([...(settings.alpn ?? ["h3"])]);
  config.setMaxIdleTimeout(settings.idleTimeoutMs ?? 30_000);
  config.setMaxRecvUdpPayloadSize(65_527);
  config.setMaxSendUdpPayloadSize(binding.MAX_DATAGRAM_SIZE);
  config.setInitialMaxData(connectionWindow);
  config.setInitialMaxStreamDataBidiLocal(streamWindow);
  config.setInitialMaxStreamDataBidiRemote(streamWindow);
  config.setInitialMaxStreamDataUni(streamWindow);
  config.setMaxStreamWindow(streamWindow * GROWTH);
  config.setMaxConnectionWindow(connectionWindow * GROWTH);
  config.setInitialMaxStreamsBidi(settings.bidiStreams ?? 100);
  config.setInitialMaxStreamsUni(settings.uniStreams ?? 100);
  config.setActiveConnectionIdLimit(4);
  // Packets leave when their turn comes: there is nobody who would wait for the moment that pacing names.
  config.enablePacing(false);
  if (settings.datagrams !== false) config.enableDgram(true, DATAGRAMS, DATAGRAMS);
  if (settings.earlyData === true) config.enableEarlyData();
  if (settings.keylog !== undefined) config.logKeys();
  return config;
}

const pem = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @throws UsageError where key or certificate cannot be read */
function serverConfig(binding: QuicheBinding, options: QuicListenOptions): QuicheConfig {
  const { key, cert } = options;
  let config: QuicheConfig;
  try {
    config = binding.Config.withBoringSslCtx(false, false, null, [pem(key)], [pem(cert)], null);
  } catch (error) {
    throw new UsageError(
      "QUIC_CERTIFICATE_INVALID",
      `key or certificate: ${(error as Error).message}`,
    );
  }
  return configOf(config, binding, options);
}

async function listen(
  binding: QuicheBinding,
  options: QuicListenOptions,
  onConnection: (connection: QuicConnection) => void,
): Promise<QuicListener> {
  const config = serverConfig(binding, options);
  const host = await addressOf(options.hostname);
  const endpoint = new QuicheEndpoint(net.isIPv6(host));
  const local = await endpoint.bind(host, options.port);
  const acceptor = new Acceptor(binding, config, endpoint, options, onConnection);
  endpoint.onStranger = (packet, from) => acceptor.receive(packet, from);
  return {
    address: { address: local.host, port: local.port },
    close: () => {
      endpoint.destroyUnopened();
      endpoint.closeWhenEmpty();
      return endpoint.closed;
    },
    destroy: () => endpoint.destroy(),
  };
}

/** Opens connections for clients that nobody knows yet. */
class Acceptor {
  readonly #binding: QuicheBinding;
  readonly #config: QuicheConfig;
  readonly #endpoint: QuicheEndpoint;
  readonly #options: QuicListenOptions;
  readonly #onConnection: (connection: QuicConnection) => void;
  readonly #tokens = new RetryTokens();
  /** Handshakes under way. */
  #unfinished = 0;
  #count = 0;

  constructor(
    binding: QuicheBinding,
    config: QuicheConfig,
    endpoint: QuicheEndpoint,
    options: QuicListenOptions,
    onConnection: (connection: QuicConnection) => void,
  ) {
    this.#binding = binding;
    this.#config = config;
    this.#endpoint = endpoint;
    this.#options = options;
    this.#onConnection = onConnection;
  }

  receive(packet: Buffer, from: QuicheAddress): QuicheConnection | null {
    const header = packet.length < INITIAL_LENGTH ? null : longHeaderOf(packet);
    if (header === null || header.version === 0) return null;
    const { version, sourceId, destinationId, token } = header;
    if (!this.#binding.versionIsSupported(version)) {
      this.#answer(from, (out) => this.#binding.negotiateVersion(sourceId, destinationId, out));
      return null;
    }
    if (!header.isInitial || destinationId.length < 8) return null;
    const known = token.length === 0 ? null : this.#tokens.read(token, from);
    if (known === null && this.#unfinished >= (this.#options.retryFrom ?? 1_000)) {
      const made = this.#tokens.make(from, destinationId);
      const id = randomBytes(ID_LENGTH);
      this.#answer(from, (out) =>
        this.#binding.retry(sourceId, destinationId, id, made, version, out),
      );
      return null;
    }
    try {
      return this.#accept(destinationId, known, from);
    } catch {
      // An address that quiche cannot read, such as one with a zone.
      return null;
    }
  }

  /** @param known the id before Retry, where there was one: then `destinationId` is what we chose for it */
  #accept(
    destinationId: Uint8Array,
    known: Uint8Array | null,
    from: QuicheAddress,
  ): QuicheConnection {
    const id = known === null ? randomBytes(ID_LENGTH) : Buffer.from(destinationId);
    const { local } = this.#endpoint;
    const startedAt = performance.now();
    const native = this.#binding.Connection.accept(id, known, local, from, this.#config);
    const { keylog, onPacket } = this.#options;
    const number = this.#count++;
    if (keylog !== undefined) native.setKeylog(keylog(number));
    this.#unfinished++;
    const finish = () => {
      this.#unfinished--;
    };
    const on = {
      ...{ startedAt, number, packet: onPacket },
      open: (open: QuicheConnection) => {
        finish();
        this.#onConnection(open);
      },
      fail: finish,
    };
    const connection = new QuicheConnection(
      native,
      "server",
      { local, remote: from },
      this.#endpoint,
      on,
    );
    this.#endpoint.add(connection, id);
    // Until it has our id, the client sends to the one that it made up.
    if (known === null) this.#endpoint.add(connection, Buffer.from(destinationId));
    return connection;
  }

  #answer(to: QuicheAddress, write: (out: Uint8Array) => number): void {
    const out = new Uint8Array(INITIAL_LENGTH);
    try {
      this.#endpoint.send(out.subarray(0, write(out)), to);
    } catch {
      // Ids longer than this version takes.
    }
  }
}

let clients = 0;

async function connect(
  binding: QuicheBinding,
  options: QuicConnectOptions,
): Promise<QuicConnection> {
  const { host, port, signal, session } = options;
  const verify = options.verify ?? true;
  const config = clientConfig(binding, options, verify);
  const address = await addressOf(host);
  signal?.throwIfAborted();
  const isIPv6 = net.isIPv6(address);
  const endpoint = new QuicheEndpoint(isIPv6);
  const remote = { host: address, port };
  await endpoint.bind(isIPv6 ? "::" : "0.0.0.0", 0);
  try {
    await endpoint.connect(remote);
    signal?.throwIfAborted();
    const id = randomBytes(ID_LENGTH);
    const name = options.serverName ?? host;
    const { local } = endpoint;
    const sent = net.isIP(name) === 0 ? name : null;
    const startedAt = performance.now();
    const native = binding.Connection.connect(sent, id, local, remote, config);
    const number = clients++;
    if (options.keylog !== undefined) native.setKeylog(options.keylog(number));
    const seen = { startedAt, number, packet: options.onPacket };
    if (session !== undefined) setSession(native, session);
    const connection = await shakeHands(native, { local, remote }, endpoint, id, seen, signal);
    if (verify) checkName(connection, name);
    return connection;
  } catch (error) {
    // A socket has no other use than the connection that it was made for.
    endpoint.destroy();
    throw error;
  }
}

/** @throws UsageError for bytes that are no session */
function setSession(native: QuicheNative, session: Uint8Array): void {
  try {
    native.setSession(session);
  } catch (error) {
    throw new UsageError("QUIC_SESSION_INVALID", `session: ${(error as Error).message}`);
  }
}

/** Fulfilled when streams can be opened; the endpoint closes with the connection. */
async function shakeHands(
  native: QuicheNative,
  addresses: { local: QuicheAddress; remote: QuicheAddress },
  endpoint: QuicheEndpoint,
  id: Uint8Array,
  seen: { startedAt: number; number: number; packet: QuicConnectOptions["onPacket"] },
  signal: AbortSignal | undefined,
): Promise<QuicheConnection> {
  let onAbort = (): void => {};
  try {
    return await new Promise<QuicheConnection>((resolve, reject) => {
      const fail = (close: QuicClose) => reject(handshakeError(close));
      const on = { ...seen, open: resolve, fail };
      const made = new QuicheConnection(native, "client", addresses, endpoint, on);
      const giveUp = (reason: unknown) => {
        reject(reason);
        if (!made.isOpen) made.destroy();
      };
      endpoint.add(made, id);
      endpoint.closeWhenEmpty();
      endpoint.socket.once("error", giveUp);
      onAbort = () => giveUp(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      made.wake();
    });
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** @throws UsageError where the certificates cannot be read */
function clientConfig(
  binding: QuicheBinding,
  options: QuicConnectOptions,
  verify: boolean,
): QuicheConfig {
  const trusted = verify ? pem(options.ca ?? tls.rootCertificates.join("\n")) : null;
  try {
    const config = binding.Config.withBoringSslCtx(verify, false, trusted, null, null, null);
    return configOf(config, binding, options);
  } catch (error) {
    throw new UsageError("QUIC_CERTIFICATE_INVALID", `certificates: ${(error as Error).message}`);
  }
}

/** @throws QuicError where the certificate is another server's */
function checkName(connection: QuicheConnection, name: string): void {
  const [first] = connection.certificates;
  const certificate = first === undefined ? null : new X509Certificate(first);
  const isGood = net.isIP(name) === 0 ? certificate?.checkHost(name) : certificate?.checkIP(name);
  if (isGood !== undefined) return;
  // 0x100 + bad_certificate (RFC 8446 section 6).
  connection.destroy();
  throw new QuicError("QUIC_CERTIFICATE_INVALID", `the certificate is not one of ${name}`);
}

function handshakeError(close: QuicClose): QuicError {
  const { message } = closeError(close);
  return new QuicError("QUIC_HANDSHAKE_FAILED", `no QUIC connection: ${message}`, close);
}

async function addressOf(host: string): Promise<string> {
  return net.isIP(host) === 0 ? (await dns.lookup(host)).address : host;
}
