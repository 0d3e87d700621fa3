// Our own QPACK through the public interface, one object a connection.
//
//   decode           QpackDecoder: the encoder stream, then the section to a flat list of strings, then the decoder stream is taken
//   pieces           the same where the encoder stream comes in pieces of its own, and sections may wait for it
//   encode-static    QpackEncoder without a dynamic table
//   encode-dynamic   QpackEncoder with 4 KiB and 100 streams that may be blocked; each section is acknowledged before the next

import { QpackDecoder, QpackEncoder } from "tercet/qpack";
import { blockOf } from "../inputs/qpack-inputs.js";
import { blockPeer, connectionsOf, fieldsOf } from "./blocks.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

const CAPACITY = 4096;
const BLOCKED_STREAMS = 100;
const ACKNOWLEDGMENT = 0x80;

/** One message to be decoded. */
interface Block {
  readonly streamId: number;
  /** Null: none. */
  readonly instructions: Uint8Array | null;
  readonly section: Uint8Array;
}

/** The last decoder: it is given back when the next connection begins, as a server does at the end of one. */
let decoder: QpackDecoder | null = null;

/** @param mode "decode", "pieces", "encode-static" or "encode-dynamic" */
export function createPeer(mode: string): Peer {
  if (mode === "pieces") return piecesPeer();
  if (mode !== "decode") return encodingPeer(mode === "encode-dynamic");
  return blockPeer(newDecoder, (fields) => fields.length / 2, prepare);
}

function prepare(piece: Buffer, number: number): Block {
  const { instructions, section } = blockOf(piece);
  const isThere = instructions.length > 0;
  return { streamId: 4 * number, instructions: isThere ? instructions : null, section };
}

function newDecoder(): (block: Block) => string[] {
  decoder?.release();
  const next = new QpackDecoder({ maxTableCapacity: CAPACITY });
  decoder = next;
  return ({ streamId, instructions, section }) => {
    if (instructions !== null) next.receiveEncoderStream(instructions);
    const fields = next.decode(streamId, section);
    next.takeDecoderStream();
    if (fields === null) throw new Error("blocked");
    return fields;
  };
}

function piecesPeer(): Peer {
  let blocks: readonly Block[] = [];
  const counts = noCounts();
  return {
    load(input) {
      blocks = input.pieces.map(prepare);
    },
    check() {
      const found = noCounts();
      readPieces(blocks, found);
      return found;
    },
    pass: () => readPieces(blocks, counts),
  };
}

function readPieces(blocks: readonly Block[], found: Counts): void {
  const next = new QpackDecoder({ maxTableCapacity: CAPACITY, maxBlockedStreams: blocks.length });
  const note = (fields: readonly string[]): void => {
    found.messages += 1;
    found.fields += fields.length / 2;
  };
  for (const { streamId, instructions, section } of blocks) {
    if (instructions !== null) {
      next.receiveEncoderStream(instructions);
      for (const { rawHeaders } of next.takeUnblocked()) note(rawHeaders);
    }
    if (section.length > 0) {
      const fields = next.decode(streamId, section);
      if (fields !== null) note(fields);
    }
    next.takeDecoderStream();
  }
  next.release();
}

/** A list to be encoded, and the acknowledgement of its section. */
interface List {
  readonly streamId: number;
  readonly fields: string[];
  readonly acknowledgment: Uint8Array;
}

function encodingPeer(isDynamic: boolean): Peer {
  let connections: readonly (readonly List[])[] = [];
  return {
    load(input) {
      connections = connectionsOf(input).map((pieces) => pieces.map(listOf));
    },
    check() {
      const found: Counts = { ...noCounts(), wireBytes: 0 };
      for (const lists of connections) countEncoded(lists, isDynamic, found);
      return found;
    },
    pass() {
      for (const lists of connections) {
        const encode = newEncoder(isDynamic);
        for (const list of lists) encode(list);
      }
    },
  };
}

function listOf(piece: Buffer, number: number): List {
  const streamId = 4 * number;
  return { streamId, fields: fieldsOf(piece), acknowledgment: acknowledgmentOf(streamId) };
}

/** Section Acknowledgment (RFC 9204 section 4.4.1): a prefix of 7 bits. */
function acknowledgmentOf(streamId: number): Uint8Array {
  if (streamId < 127) return Uint8Array.of(ACKNOWLEDGMENT | streamId);
  const octets = [ACKNOWLEDGMENT | 127];
  let left = streamId - 127;
  for (; left >= 128; left >>= 7) octets.push((left & 127) | 128);
  octets.push(left);
  return Uint8Array.from(octets);
}

function newEncoder(
  isDynamic: boolean,
): (list: List) => { readonly instructions: Uint8Array; readonly section: Uint8Array } {
  const encoder = isDynamic
    ? new QpackEncoder({ maxTableCapacity: CAPACITY, maxBlockedStreams: BLOCKED_STREAMS })
    : new QpackEncoder();
  return ({ streamId, fields, acknowledgment }) => {
    const section = encoder.encode(streamId, fields);
    const instructions = encoder.takeEncoderStream();
    // The first octet is 0 where nothing is referred to: then there is nothing to acknowledge.
    if (section[0] !== 0) encoder.receiveDecoderStream(acknowledgment);
    return { instructions, section };
  };
}

/** Encodes the lists of one connection, decodes them again and compares. */
function countEncoded(lists: readonly List[], isDynamic: boolean, found: Counts): void {
  const encode = newEncoder(isDynamic);
  const decode = newDecoder();
  for (const list of lists) {
    const { instructions, section } = encode(list);
    const fields = decode({ streamId: list.streamId, instructions, section });
    if (String(fields) !== String(list.fields)) throw new Error(`encoded: ${fields}`);
    found.messages += 1;
    found.fields += fields.length / 2;
    found.wireBytes = (found.wireBytes ?? 0) + instructions.length + section.length;
  }
}
