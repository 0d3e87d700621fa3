// QpackEncoder, a link, QpackDecoder: lists of any octets over several streams, while the encoder stream, the sections
// and the decoder stream arrive late, in pieces and in any order between each other (of one stream in its own), and
// streams are cancelled. It holds: every list is read as it was said, nobody makes a mistake, no more streams wait than
// the peer allows, and with the strategies that promise it none.

import { bytesOf, concat, h3Arbitraries, textOf, uint } from "tercet/fuzz";
import { QpackDecoder, QpackEncoder } from "tercet/qpack";
import { fault, type Target } from "./target.js";

const CAPACITIES = [4_096, 0, 64, 100, 256, 1_024, 220] as const;
const BLOCKED = [16, 0, 1, 2] as const;
const STRATEGIES = ["eager", "safe", "static", "eager"] as const;
const STREAM_COUNT = 6;

/** Lists that change how others are encoded. */
const TOKENS: readonly Uint8Array[] = [
  recordOf(0, listBytes(["x-a", "1", "x-b", "2"])),
  recordOf(1, listBytes([":path", "/a", "cookie", "c=d"])),
  recordOf(2, listBytes(["authorization", "secret", "x-long", "v".repeat(60)])),
  Uint8Array.of(0x80, 40),
  Uint8Array.of(0xa0),
  Uint8Array.of(0xa1),
  Uint8Array.of(0xc0, 9),
  Uint8Array.of(0xe0),
];

/** The target. */
export const qpackRoundTrip: Target = {
  name: "qpack-round-trip",
  about: "QpackEncoder, a link that reorders streams, QpackDecoder: every list arrives",
  corpus: "qpack-links",
  tokens: TOKENS,
  arbitrary(fc) {
    const { headerList, octetList } = h3Arbitraries(fc);
    const list = fc.oneof(
      { weight: 4, arbitrary: headerList },
      { weight: 1, arbitrary: octetList },
    );
    const stream = fc.nat(STREAM_COUNT - 1);
    const step = fc.oneof(
      fc.tuple(stream, list).map(([id, one]) => recordOf(id, listBytes(one))),
      fc.constantFrom(...TOKENS),
      fc.tuple(fc.constantFrom(0x80, 0xc0), fc.nat(255)).map((pair) => Uint8Array.of(...pair)),
      stream.map((id) => Uint8Array.of(0xa0 | id)),
    );
    return fc
      .tuple(fc.nat(255), fc.array(step, { minLength: 4, maxLength: 40 }))
      .map(([choice, steps]) => concat([Uint8Array.of(choice), ...steps]));
  },
  check(input) {
    const link = new Link(input[0] ?? 0);
    for (let at = 1; at < input.length; ) {
      const octet = input[at++] ?? 0;
      const id = 4 * ((octet & 31) % STREAM_COUNT);
      if (octet < 0x80) {
        const length = (input[at] ?? 0) * 256 + (input[at + 1] ?? 0);
        link.say(id, input.subarray(at + 2, at + 2 + length));
        at += 2 + length;
      } else if (octet < 0xa0) link.deliverInstructions((input[at++] ?? 0) + 1);
      else if (octet < 0xc0) link.deliverSection(id);
      else if (octet < 0xe0) link.deliverFeedback((input[at++] ?? 0) + 1);
      else link.cancel(id);
    }
    return link.finish();
  },
};

/** A record of a list on a stream. */
function recordOf(stream: number, list: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(stream), uint(list.length, 2), list]);
}

/** A list as bytes: an octet of length before each string. */
function listBytes(list: readonly string[]): Uint8Array {
  return concat(
    list.map((text) =>
      concat([Uint8Array.of(Math.min(127, text.length)), bytesOf(text.slice(0, 127))]),
    ),
  );
}

/** A list of bytes; the last odd string is left out. Names go out in lower case. */
function listOf(bytes: Uint8Array): { list: string[]; sensitive: Set<string> } {
  const list: string[] = [];
  const sensitive = new Set<string>();
  for (let at = 0; at < bytes.length && list.length < 400; ) {
    const octet = bytes[at] ?? 0;
    const text = textOf(bytes.subarray(at + 1, at + 1 + (octet & 127)));
    const isName = list.length % 2 === 0;
    list.push(isName ? text.replace(/[A-Z]/g, (char) => char.toLowerCase()) : text);
    if (octet >= 128 && isName) sensitive.add(list.at(-1) ?? "");
    at += 1 + (octet & 127);
  }
  return { list: list.slice(0, list.length & ~1), sensitive };
}

interface Said {
  readonly list: string[];
  readonly sensitive: ReadonlySet<string>;
  readonly section: Uint8Array;
}

/** Both ends and what is on its way between them. */
class Link {
  readonly #encoder: QpackEncoder;
  readonly #decoder: QpackDecoder;
  readonly #neverWaits: boolean;
  #instructions = new Uint8Array(0);
  #feedback = new Uint8Array(0);
  readonly #sections = new Map<number, Said[]>();
  /** Delivered, and not read yet. */
  readonly #waiting = new Map<number, Said[]>();
  /** A stream that was given up carries nothing any more. */
  readonly #cancelled = new Set<number>();
  readonly #counts = { read: 0, waited: 0, cancelled: 0 };

  constructor(choice: number) {
    const maxTableCapacity = CAPACITIES[choice % CAPACITIES.length] ?? 4_096;
    const maxBlockedStreams = BLOCKED[(choice >> 3) % BLOCKED.length] ?? 16;
    const strategy = STRATEGIES[(choice >> 5) % STRATEGIES.length] ?? "eager";
    const huffman = ([true, false, "auto"] as const)[choice % 3] ?? "auto";
    this.#encoder = new QpackEncoder({ maxTableCapacity, maxBlockedStreams, strategy, huffman });
    const wide = { maxListSize: 262_144, maxFields: 8_192, maxBlockedBytes: 2 ** 30 };
    this.#decoder = new QpackDecoder({ maxTableCapacity, maxBlockedStreams, ...wide });
    this.#neverWaits = strategy !== "eager";
  }

  say(streamId: number, bytes: Uint8Array): void {
    if (this.#cancelled.has(streamId)) return;
    const { list, sensitive } = listOf(bytes);
    const section = this.#encoder.encode(streamId, list, sensitive).slice();
    this.#takeInstructions();
    const queue = this.#sections.get(streamId) ?? [];
    queue.push({ list, sensitive, section });
    this.#sections.set(streamId, queue);
  }

  #takeInstructions(): void {
    this.#instructions = new Uint8Array(
      concat([this.#instructions, this.#encoder.takeEncoderStream()]),
    );
  }

  deliverInstructions(length: number): void {
    const piece = this.#instructions.slice(0, length);
    this.#instructions = this.#instructions.slice(length);
    if (piece.length === 0) return;
    this.#decoder.receiveEncoderStream(piece);
    for (const { streamId, rawHeaders, sensitive } of this.#decoder.takeUnblocked()) {
      const said = this.#waiting.get(streamId)?.shift();
      if (said === undefined) return fault(`stream ${streamId} did not wait`);
      this.#heard(said, rawHeaders, sensitive);
    }
  }

  deliverSection(streamId: number): void {
    const said = this.#sections.get(streamId)?.shift();
    if (said === undefined) return;
    const fields = this.#decoder.decodeFields(streamId, said.section.slice());
    if (fields !== null) {
      this.#heard(
        said,
        fields.flatMap(({ name, value }) => [name, value]),
        fields.map((field) => field.sensitive),
      );
      return;
    }
    if (this.#neverWaits) fault(`stream ${streamId} waits`);
    this.#counts.waited++;
    const queue = this.#waiting.get(streamId) ?? [];
    queue.push(said);
    this.#waiting.set(streamId, queue);
  }

  #heard({ list, sensitive }: Said, got: readonly string[], marks: readonly boolean[]): void {
    this.#counts.read++;
    const [a, b] = [JSON.stringify(got), JSON.stringify(list)];
    if (a !== b) fault(`${a.slice(0, 300)}, said ${b.slice(0, 300)}`);
    for (const [at, isSensitive] of marks.entries()) {
      if (sensitive.has(list[2 * at] ?? "") && !isSensitive) fault(`${list[2 * at]} lost its mark`);
    }
  }

  deliverFeedback(length: number): void {
    this.#feedback = new Uint8Array(concat([this.#feedback, this.#decoder.takeDecoderStream()]));
    this.#encoder.receiveDecoderStream(this.#feedback.slice(0, length));
    this.#feedback = this.#feedback.slice(length);
  }

  /** The decoder wants no more of a stream: what is on its way is not read. */
  cancel(streamId: number): void {
    if (this.#cancelled.has(streamId)) return;
    this.#cancelled.add(streamId);
    this.#decoder.cancel(streamId);
    this.#sections.delete(streamId);
    this.#waiting.delete(streamId);
    this.#encoder.cancel(streamId);
    this.#counts.cancelled++;
  }

  /** Everything arrives, and both ends agree on what there is. */
  finish(): string {
    for (const id of [...this.#sections.keys()]) {
      while ((this.#sections.get(id)?.length ?? 0) > 0) this.deliverSection(id);
    }
    this.deliverInstructions(2 ** 30);
    for (const [id, queue] of this.#waiting)
      if (queue.length > 0) fault(`stream ${id} still waits`);
    this.deliverFeedback(2 ** 30);
    const { knownReceivedCount, insertCount, outstandingSections, blockedStreams } = this.#encoder;
    if (knownReceivedCount !== insertCount)
      fault(`${knownReceivedCount} of ${insertCount} are known`);
    if (outstandingSections + blockedStreams > 0) fault(`${outstandingSections} are outstanding`);
    if (this.#decoder.insertCount !== insertCount) fault("other insertions");
    // The encoder may let go of entries before the decoder must.
    const [ours, theirs] = [this.#encoder.tableSize, this.#decoder.tableSize];
    if (ours > theirs) fault(`tables of ${ours} and ${theirs} bytes`);
    this.#decoder.release();
    const { read, waited, cancelled } = this.#counts;
    return `${Math.min(9, read)} ${Math.min(5, waited)} ${cancelled} ${Math.min(9, insertCount)}`;
  }
}
