// What a peer really sent: the bytes of its streams, recorded where the transport hands them over, and read here by a plain
// walk over frames that shares nothing with the code under test. Not a test.

import type { QuicConnection, QuicReceiver, QuicTransport } from "tercet/node";
import { concat, EMPTY } from "../../helpers/h3-frames.js";
import { grease, STREAM_TYPE, TYPE } from "../../helpers/h3-names.js";
import { readVarint } from "../../helpers/h3-read.js";

interface RecordedStream {
  readonly pieces: Uint8Array[];
  fin: boolean;
}

/** The peer's streams of one connection. */
export type Wire = Map<number, RecordedStream>;

/** The same transport; each connection adds a wire. Bytes are copied when they come. */
export function recording(transport: QuicTransport, wires: Wire[]): QuicTransport {
  const listen = transport.listen?.bind(transport);
  const connect = transport.connect?.bind(transport);
  return {
    name: transport.name,
    ...(listen && {
      listen: (options, onConnection) =>
        listen(options, (connection) => onConnection(tap(connection, wires))),
    }),
    ...(connect && { connect: async (options) => tap(await connect(options), wires) }),
  };
}

function tap(connection: QuicConnection, wires: Wire[]): QuicConnection {
  const wire: Wire = new Map();
  wires.push(wire);
  const start = connection.start.bind(connection);
  connection.start = (receiver: QuicReceiver) => {
    start({
      stream(id, bytes, fin) {
        const recorded = wire.get(id) ?? { pieces: [], fin: false };
        recorded.pieces.push(bytes.slice());
        recorded.fin ||= fin;
        wire.set(id, recorded);
        receiver.stream(id, bytes, fin);
      },
      reset: (id, code) => receiver.reset(id, code),
      stopSending: (id, code) => receiver.stopSending(id, code),
      datagram: (bytes) => receiver.datagram(bytes),
      turn: () => receiver.turn(),
      established: () => receiver.established(),
      closed: (close) => receiver.closed(close),
    });
  };
  return connection;
}

export interface HeardFrame {
  readonly type: bigint;
  readonly payload: Uint8Array;
}

/** What a wire says, read to the last whole frame of each stream. */
export interface Heard {
  /** Of the control stream. */
  readonly settings: readonly (readonly [id: bigint, value: bigint])[];
  readonly control: readonly HeardFrame[];
  /** Its stream; -1 where there is none. */
  readonly controlId: number;
  /** Of each request stream (of a server: each answer), by stream id. */
  readonly requests: ReadonlyMap<number, readonly HeardFrame[]>;
  /** Types of unidirectional streams. */
  readonly streamTypes: readonly bigint[];
  /** Octets of the encoder stream behind its type. */
  readonly encoder: number;
}

export function heard(wire: Wire): Heard {
  const requests = new Map<number, HeardFrame[]>();
  const streamTypes: bigint[] = [];
  let control: HeardFrame[] = [];
  let controlId = -1;
  let encoder = 0;
  for (const [id, { pieces }] of wire) {
    const bytes = concat(...pieces);
    const isTwoWay = (id & 2) === 0;
    if (isTwoWay) {
      requests.set(id, framesOf(bytes, 0));
      continue;
    }
    const type = readVarint(bytes, 0);
    if (type === null) continue;
    streamTypes.push(type.value);
    if (type.value === BigInt(STREAM_TYPE.control)) {
      control = framesOf(bytes, type.end);
      controlId = id;
    }
    if (type.value === BigInt(STREAM_TYPE.encoder)) encoder += bytes.length - type.end;
  }
  const first = control.find(({ type }) => type === BigInt(TYPE.SETTINGS));
  return { settings: pairsOf(first?.payload), control, controlId, requests, streamTypes, encoder };
}

function framesOf(bytes: Uint8Array, from: number): HeardFrame[] {
  const frames: HeardFrame[] = [];
  for (let at = from; ; ) {
    const type = readVarint(bytes, at);
    const length = type && readVarint(bytes, type.end);
    if (!type || !length) return frames;
    const end = length.end + Number(length.value);
    if (end > bytes.length) return frames;
    frames.push({ type: type.value, payload: bytes.subarray(length.end, end) });
    at = end;
  }
}

function pairsOf(payload: Uint8Array = EMPTY): [bigint, bigint][] {
  const pairs: [bigint, bigint][] = [];
  for (let at = 0; at < payload.length; ) {
    const id = readVarint(payload, at);
    const value = id && readVarint(payload, id.end);
    if (!id || !value) throw new Error("SETTINGS is cut off");
    pairs.push([id.value, value.value]);
    at = value.end;
  }
  return pairs;
}

/** Whether a number is reserved for exercise (RFC 9114 sections 6.2.3, 7.2.4.1 and 7.2.8). */
export const isGrease = (number: bigint): boolean =>
  number >= grease(0) && (number - grease(0)) % (grease(1) - grease(0)) === 0n;

/** The types of these frames, as numbers; GREASE as "GREASE". */
export const typesOf = (frames: readonly HeardFrame[]): (number | "GREASE")[] =>
  frames.map(({ type }) => (isGrease(type) ? "GREASE" : Number(type)));

/** SETTINGS by number. */
export const setTo = ({ settings }: Heard): Map<number, bigint> =>
  new Map(settings.map(([id, value]) => [Number(id), value]));
