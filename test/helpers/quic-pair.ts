// Both ends of a QUIC connection whose secrets we know: makes the packets of either side, so that an observer can be shown
// any conversation, right or wrong. TLS messages have what an observer reads, and opaque octets elsewhere.
import {
  deriveInitialKeys,
  deriveKeys,
  encodeFrames,
  encodeTransportParameters,
  type PacketKeys,
  protect,
  QUIC_V1,
  type QuicFrameInput,
  updateKeys,
} from "tercet/quic";

export type Side = "client" | "server";
type Level = "Initial" | "0-RTT" | "Handshake" | "1-RTT";

/** A datagram as QuicObserver takes it. */
export interface Sent {
  source: string;
  destination: string;
  bytes: Uint8Array;
}

export interface PairOptions {
  version?: number;
  cipherSuite?: number;
  clientId?: Uint8Array;
  serverId?: Uint8Array;
  /** What the client's first packets have as destination. */
  originalId?: Uint8Array;
  clientAddress?: string;
  serverAddress?: string;
  /** First octet of the secrets and the random, so that two pairs differ. */
  seed?: number;
  alpn?: string;
  serverName?: string;
  clientParameters?: Parameters<typeof encodeTransportParameters>[0];
  serverParameters?: Parameters<typeof encodeTransportParameters>[0];
}

const octets = (count: number, first: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, at) => (first + at * 7) & 0xff);

const uint16 = (value: number): number[] => [value >> 8, value & 0xff];

const vector = (size: 1 | 2 | 3, bytes: ArrayLike<number>): number[] => {
  const length = [bytes.length >> 16, (bytes.length >> 8) & 0xff, bytes.length & 0xff];
  return [...length.slice(3 - size), ...Array.from(bytes)];
};

const message = (type: number, body: number[]): Uint8Array =>
  Uint8Array.from([type, ...vector(3, body)]);

const extension = (type: number, body: ArrayLike<number>): number[] => [
  ...uint16(type),
  ...vector(2, body),
];

const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

/** ClientHello with what an observer reads. */
export function clientHello(
  random: Uint8Array,
  options: { serverName?: string; alpn?: string; parameters?: Uint8Array },
): Uint8Array {
  const { serverName = "localhost", alpn = "h3", parameters = new Uint8Array(0) } = options;
  const extensions = [
    ...extension(0, vector(2, [0, ...vector(2, ascii(serverName))])),
    ...extension(16, vector(2, vector(1, ascii(alpn)))),
    ...extension(43, vector(1, uint16(0x0304))),
    ...extension(0x39, parameters),
  ];
  const suites = [0x1301, 0x1302, 0x1303, 0x1304].flatMap(uint16);
  const start = [...uint16(0x0303), ...random, 0, ...vector(2, suites), ...vector(1, [0])];
  return message(1, [...start, ...vector(2, extensions)]);
}

/** ServerHello of TLS 1.3. */
export function serverHello(random: Uint8Array, cipherSuite: number): Uint8Array {
  const extensions = extension(43, uint16(0x0304));
  const start = [...uint16(0x0303), ...random, 0, ...uint16(cipherSuite), 0];
  return message(2, [...start, ...vector(2, extensions)]);
}

/** EncryptedExtensions with the chosen protocol and transport parameters. */
export function encryptedExtensions(alpn: string, parameters: Uint8Array): Uint8Array {
  const extensions = [
    ...extension(16, vector(2, vector(1, ascii(alpn)))),
    ...extension(0x39, parameters),
  ];
  return message(8, vector(2, extensions));
}

/** Two ends. Packet numbers count up by themselves; everything can be overridden packet by packet. */
export class QuicPair {
  readonly version: number;
  readonly cipherSuite: number;
  readonly clientRandom: Uint8Array;
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  readonly ids: { client: Uint8Array; server: Uint8Array; original: Uint8Array };
  readonly addresses: { client: string; server: string };
  readonly numbers = new Map<string, bigint>();
  readonly #options: PairOptions;
  /** Destination of the client until it knows the server's. */
  initialId: Uint8Array;
  #initial: { client: PacketKeys; server: PacketKeys };
  readonly #keys = new Map<string, PacketKeys>();
  readonly phase: Record<Side, 0 | 1> = { client: 0, server: 0 };

  constructor(options: PairOptions = {}) {
    const seed = options.seed ?? 1;
    this.#options = options;
    this.version = options.version ?? QUIC_V1;
    this.cipherSuite = options.cipherSuite ?? 0x1301;
    this.clientRandom = octets(32, seed);
    this.ids = {
      client: options.clientId ?? octets(8, 0x40 + seed),
      server: options.serverId ?? octets(8, 0x80 + seed),
      original: options.originalId ?? octets(8, 0xc0 + seed),
    };
    this.addresses = {
      client: options.clientAddress ?? `127.0.0.1:${40_000 + seed}`,
      server: options.serverAddress ?? "127.0.0.1:4433",
    };
    this.initialId = this.ids.original;
    this.#initial = deriveInitialKeys(this.version, this.initialId);
    const length = this.cipherSuite === 0x1302 ? 48 : 32;
    this.secrets = new Map(
      [
        "CLIENT_EARLY_TRAFFIC_SECRET",
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
      ].map((label, at) => [label, octets(length, seed * 11 + at * 50)]),
    );
  }

  /** What a QuicObserver asks for: the secrets of this pair for its random. */
  readonly findSecrets = (random: Uint8Array): ReadonlyMap<string, Uint8Array> | null =>
    Buffer.compare(random, this.clientRandom) === 0 ? this.secrets : null;

  /** As behind a Retry: another destination, other Initial keys. */
  useInitialId(id: Uint8Array): void {
    this.initialId = id;
    this.#initial = deriveInitialKeys(this.version, id);
  }

  keys(side: Side, level: Level): PacketKeys {
    if (level === "Initial") return this.#initial[side];
    const name = `${side} ${level}`;
    let keys = this.#keys.get(name);
    if (keys === undefined) {
      const label = { "0-RTT": "EARLY", Handshake: "HANDSHAKE", "1-RTT": "" }[level];
      const who = side.toUpperCase();
      const secret = this.secrets.get(
        label === "" ? `${who}_TRAFFIC_SECRET_0` : `${who}_${label}_TRAFFIC_SECRET`,
      ) as Uint8Array;
      keys = deriveKeys(this.version, this.cipherSuite, secret);
      this.#keys.set(name, keys);
    }
    return keys;
  }

  /** The next 1-RTT packets of this side have the next keys. */
  updateKeys(side: Side): void {
    this.#keys.set(`${side} 1-RTT`, updateKeys(this.keys(side, "1-RTT")));
    this.phase[side] = this.phase[side] === 0 ? 1 : 0;
  }

  /** One packet. `more` overrides what protect() is given. */
  packet(
    side: Side,
    level: Level,
    frames: readonly QuicFrameInput[] | Uint8Array,
    more: Record<string, unknown> = {},
  ): Uint8Array {
    const space = `${side} ${level === "0-RTT" ? "1-RTT" : level}`;
    const number = (more.packetNumber as bigint | undefined) ?? this.numbers.get(space) ?? 0n;
    this.numbers.set(space, number + 1n);
    const isEarly = side === "client" && (level === "Initial" || level === "0-RTT");
    const destination =
      side === "server" ? this.ids.client : isEarly ? this.initialId : this.ids.server;
    const isShort = level === "1-RTT";
    return protect(
      {
        type: level,
        version: this.version,
        destinationConnectionId: destination,
        ...(isShort ? { keyPhase: this.phase[side] } : { sourceConnectionId: this.ids[side] }),
        packetNumber: number,
        packetNumberLength: 2,
        payload: frames instanceof Uint8Array ? frames : atLeastTwo(encodeFrames(frames)),
        ...more,
      } as Parameters<typeof protect>[0],
      this.keys(side, level),
    );
  }

  /** Packets in one datagram. */
  datagram(side: Side, ...packets: Uint8Array[]): Sent {
    const { client, server } = this.addresses;
    const [source, destination] = side === "client" ? [client, server] : [server, client];
    return { source, destination, bytes: Uint8Array.from(packets.flatMap((one) => [...one])) };
  }

  /** The client's first flight, padded as it must be. */
  hello(): Sent {
    const { serverName, alpn, clientParameters = [] } = this.#options;
    const parameters = encodeTransportParameters(clientParameters);
    const cryptoData = clientHello(this.clientRandom, {
      parameters,
      ...(serverName === undefined ? {} : { serverName }),
      ...(alpn === undefined ? {} : { alpn }),
    });
    const crypto = { name: "CRYPTO", offset: 0, cryptoData } as const;
    const padding = { name: "PADDING", size: Math.max(1, 1_150 - cryptoData.length) } as const;
    return this.datagram("client", this.packet("client", "Initial", [crypto, padding]));
  }

  /** The server's answer: Initial and Handshake in one datagram. */
  answer(): Sent {
    const { alpn = "h3", serverParameters = [] } = this.#options;
    const hello = serverHello(octets(32, 99), this.cipherSuite);
    const parameters = encodeTransportParameters(serverParameters);
    const extensions = encryptedExtensions(alpn, parameters);
    const first = this.packet("server", "Initial", [
      { name: "CRYPTO", offset: 0, cryptoData: hello },
    ]);
    const second = this.packet("server", "Handshake", [
      { name: "CRYPTO", offset: 0, cryptoData: extensions },
    ]);
    return this.datagram("server", first, second);
  }

  /** A datagram with one 1-RTT packet. */
  send(side: Side, ...frames: QuicFrameInput[]): Sent {
    return this.datagram(side, this.packet(side, "1-RTT", frames));
  }
}

/** Shorter payloads have nothing that header protection could sample. */
function atLeastTwo(payload: Uint8Array): Uint8Array {
  return payload.length >= 2 ? payload : Uint8Array.from([...payload, 0, 0]);
}

/** A STREAM frame. */
export const streamFrame = (
  streamId: number | bigint,
  offset: number | bigint,
  data: string | Uint8Array,
  fin = false,
): QuicFrameInput => ({
  name: "STREAM",
  streamId,
  offset,
  fin,
  streamData: typeof data === "string" ? Uint8Array.from(ascii(data)) : data,
});
