// The same messages as HTTP/1.1, HTTP/2 and HTTP/3: what one client sends for them on one connection, in pieces.
//
// A request of the rows tiny and api comes alone, in a piece of its own. Those of a page come as they would together: one behind the
// other in HTTP/1.1, and in HTTP/2 and HTTP/3 in segments and packets of 1,460 octets. An upload comes in pieces of 16 KiB. Encoders of
// fields do the same in HTTP/2 and HTTP/3: every field that may be indexed is inserted.

import type { Counts } from "../drivers/driver.js";
import type { FieldLists } from "./field-lists.js";
import { pageLoad, translated } from "./field-lists.js";
import { h1FieldCount, h1Messages } from "./h1-wire.js";
import { bytesPerPiece, messagesPerBuffer, writeH2Input } from "./h2-inputs.js";
import { clientBytes } from "./h2-wire.js";
import { packets, uploadLists, WHOLE, writeH3Input } from "./h3-inputs.js";
import { clientStreams } from "./h3-wire.js";
import { writePieces } from "./input-file.js";

export type ProtocolName = "h1" | "h2" | "h3";

export const PROTOCOLS: readonly ProtocolName[] = ["h1", "h2", "h3"];

/** What a server does for a request: bench/drivers/tercet-steps.ts. */
export const STEPS = ["receive", "fields", "process", "serialize", "take"] as const;

/** What the client sends, in octets. */
export interface RequestBytes {
  /** Before its first request: preface, SETTINGS, stream types. */
  readonly opening: number;
  readonly first: number;
  /** Mean of the requests behind the first. */
  readonly later: number;
}

/** One kind of message. */
export interface ProtocolInput {
  readonly name: string;
  /** What it is, in a few words. */
  readonly about: string;
  readonly lists: FieldLists;
  /** Largest piece; 0: a message is one. */
  readonly pieceBytes: number;
}

const MESSAGES = 1000;
const UPLOADS = 16;
const SEGMENT = 1460;
const FRAME = 16_384;

export function protocolInputs(): ProtocolInput[] {
  return [
    {
      name: "tiny",
      about: "a GET with 2 fields, one of 1,000",
      lists: translated("tiny", MESSAGES),
      pieceBytes: 0,
    },
    {
      name: "page load",
      about: "a GET of a browser, one of 100",
      lists: pageLoad(),
      pieceBytes: SEGMENT,
    },
    {
      name: "JSON API",
      about: "a POST of 470 octets, one of 1,000",
      lists: translated("api", MESSAGES),
      pieceBytes: 0,
    },
    {
      name: "upload of 1 MiB",
      about: "what comes beside it; pieces of 16 KiB",
      lists: uploadLists(UPLOADS),
      pieceBytes: FRAME,
    },
  ];
}

/** What a peer must find. */
export function countsIn({ lists }: ProtocolInput, protocol: ProtocolName): Counts {
  const fields = lists.lists.map((list) =>
    protocol === "h1" ? h1FieldCount(list) : list.length / 2 - PSEUDO_FIELDS,
  );
  return {
    messages: lists.lists.length,
    fields: sum(fields),
    bodyBytes: sum(lists.bodies.map(({ length }) => length)),
  };
}

const PSEUDO_FIELDS = 4;

/** Writes the input file of one protocol. Gives what is sent, content aside. */
export function writeProtocolInput(
  file: string,
  input: ProtocolInput,
  protocol: ProtocolName,
): RequestBytes {
  const { lists, pieceBytes } = input;
  const content = lists.bodies[0]?.length ?? 0;
  if (protocol === "h1") {
    const messages = h1Messages(lists);
    writeH1(file, input, messages);
    return split(
      0,
      messages.map(({ length }) => length - content),
    );
  }
  if (protocol === "h2") {
    const bytes = clientBytes(lists);
    const delivery = pieceBytes === 0 ? messagesPerBuffer(1) : bytesPerPiece(pieceBytes);
    writeH2Input(file, { lists, bytes }, delivery);
    return split(
      bytes.opening.length,
      bytes.messages.map(({ length }) => length - content),
    );
  }
  const streams = clientStreams(lists, "all");
  writeH3Input(file, { lists, streams }, pieceBytes === 0 ? WHOLE : packets(pieceBytes));
  const lengths = streams.messages.map((parts) => sum(parts.map(({ bytes }) => bytes.length)));
  return split(
    sum(streams.opening.map(({ bytes }) => bytes.length)),
    lengths.map((one) => one - content),
  );
}

function writeH1(
  file: string,
  { lists, pieceBytes }: ProtocolInput,
  messages: readonly Uint8Array[],
): void {
  const largest =
    pieceBytes === SEGMENT || pieceBytes === 0 ? Number.POSITIVE_INFINITY : pieceBytes;
  const lengths = messages.flatMap(({ length }) => {
    const pieces: number[] = [];
    for (let left = length; left > 0; left -= largest) pieces.push(Math.min(left, largest));
    return pieces;
  });
  const bodyBytes = lists.bodies[0]?.length ?? 0;
  const about = {
    role: "request",
    messages: messages.length,
    bodyBytes,
    fields: 0,
    chunked: false,
  } as const;
  writePieces(file, about, lengths, Buffer.concat(messages));
}

function split(opening: number, [first = 0, ...later]: readonly number[]): RequestBytes {
  return { opening, first, later: sum(later) / later.length };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
