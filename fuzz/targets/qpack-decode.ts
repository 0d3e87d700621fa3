// QpackDecoder: any instructions, sections and cancellations in any order, against the naive reader: the same lists,
// marks, table and acknowledgements, or the same error; and two decoders side by side do not disturb each other.

import type * as FastCheck from "fast-check";
import { ProtocolError } from "tercet";
import { H3_TOKENS, h3Arbitraries, type QpackStep } from "tercet/fuzz";
import { QpackDecoder } from "tercet/qpack";
import { NaiveQpack, type NaiveSection } from "../../test/helpers/naive/qpack.js";
import { qpackChoice, qpackInput, qpackSeeds, qpackSettings, qpackSteps } from "./qpack-target.js";
import { fault, somePieces, type Target } from "./target.js";

/** Lists beyond these are refused by us, and the oracle knows no limits. */
const WIDE = { maxListSize: 262_144, maxFields: 8_192, maxBlockedBytes: 2 ** 30 };
const LIMITS = new Set(["QPACK_LIST_TOO_LARGE", "QPACK_FIELD_COUNT_TOO_LARGE"]);

/** The target. */
export const qpackDecode: Target = {
  name: "qpack-decode",
  about: "QpackDecoder: agreement with the naive reader, two decoders side by side",
  corpus: "qpack",
  tokens: H3_TOKENS,
  seeds: qpackSeeds,
  arbitrary(fc) {
    const h3 = h3Arbitraries(fc);
    const streamId = fc.nat(7).map((n) => 4 * n);
    const step = fc.oneof(
      fc.record({ do: fc.constant("instructions" as const), bytes: h3.instructions }),
      fc.record({ do: fc.constant("section" as const), streamId, bytes: h3.section }),
      fc.record({ do: fc.constant("section" as const), streamId, bytes: h3.section }),
      fc.record({ do: fc.constant("cancel" as const), streamId }),
    );
    const good = h3.qpack.map(({ capacity, steps }) => qpackInput(qpackChoice(capacity), steps));
    const steps = fc.array(step as FastCheck.Arbitrary<QpackStep>, { minLength: 1, maxLength: 12 });
    const any = fc.tuple(fc.nat(31), steps).map(([choice, list]) => qpackInput(choice, list));
    return fc.oneof(good, any);
  },
  check(input) {
    const { capacity, blocked } = qpackSettings(input);
    const options = { maxTableCapacity: capacity, maxBlockedStreams: blocked, ...WIDE };
    const pair = new Pair(new QpackDecoder(options), new NaiveQpack(options), capacity > 0);
    // The same a little later, in the same engine: nothing may leak from one to the other.
    const late = new QpackDecoder(options);
    const signature: string[] = [];
    let before: QpackStep | null = null;
    for (const step of qpackSteps(input)) {
      const outcome = pair.step(step);
      if (before !== null) attempt(() => perform(late, before as QpackStep));
      before = step;
      signature.push(outcome.text);
      if (outcome.isOver) break;
    }
    pair.finish();
    late.release();
    return signature.slice(-6).join(" ");
  },
};

/** What one step came to; `isOver`: nothing more can be compared. */
interface Outcome {
  readonly text: string;
  readonly isOver: boolean;
}

/** Our decoder and the naive one, over the same steps. */
class Pair {
  readonly #decoder: QpackDecoder;
  readonly #naive: NaiveQpack;
  /** Instructions of our decoder stream. */
  readonly #told: string[] = [];
  #increments = 0;
  #isBeyond = false;

  readonly #hasTable: boolean;

  constructor(decoder: QpackDecoder, naive: NaiveQpack, hasTable: boolean) {
    this.#hasTable = hasTable;
    this.#decoder = decoder;
    this.#naive = naive;
  }

  step(step: QpackStep): Outcome {
    switch (step.do) {
      case "instructions":
        return this.#instructions(step.bytes);
      case "section":
        return this.#section(step.streamId, step.bytes);
      case "cancel":
        this.#decoder.cancel(step.streamId);
        this.#naive.cancel(step.streamId);
        return { text: "cancel", isOver: false };
    }
  }

  #instructions(bytes: Uint8Array): Outcome {
    const code = attempt(() => {
      for (const piece of somePieces(bytes)) this.#decoder.receiveEncoderStream(piece.slice());
    });
    if (code !== null && LIMITS.has(code)) return this.#beyond(code);
    const wanted: unknown[] = [];
    let wantedCode: string | null = null;
    // What waits goes on with the instruction that it waited for: where the pieces end does not matter.
    for (const octet of bytes) {
      wantedCode = this.#naive.encoderStream(Uint8Array.of(octet))?.code ?? null;
      for (const { streamId, outcome } of this.#naive.unblocked()) {
        if ("fields" in outcome) wanted.push([streamId, listOf(outcome)]);
        else if ("code" in outcome) wantedCode ??= outcome.code;
      }
      if (wantedCode !== null) break;
    }
    const got = this.#decoder
      .takeUnblocked()
      .map(({ streamId, rawHeaders, sensitive }) => [streamId, [rawHeaders, sensitive]]);
    const [a, b] = [sortedByStream(got), sortedByStream(wanted)].map((list) =>
      JSON.stringify(list),
    );
    if (a !== b) fault(`read ${a?.slice(0, 400)}, expected ${b?.slice(0, 400)}`);
    return this.#compared(code, wantedCode, null, null);
  }

  #section(streamId: number, bytes: Uint8Array): Outcome {
    let got: unknown = null;
    const code = attempt(() => {
      const copy = bytes.slice();
      const fields = this.#decoder.decodeFields(streamId, copy);
      copy.fill(0xa5);
      got = fields === null ? "blocked" : listOf({ fields });
    });
    if (code !== null && LIMITS.has(code)) return this.#beyond(code);
    const outcome = this.#naive.section(streamId, bytes);
    const wantedCode = "code" in outcome ? outcome.code : null;
    const wanted = "fields" in outcome ? listOf(outcome) : "blocked" in outcome ? "blocked" : null;
    return this.#compared(code, wantedCode, got, wanted);
  }

  /** A limit that the naive reader does not know. */
  #beyond(code: string): Outcome {
    this.#isBeyond = true;
    return { text: code, isOver: true };
  }

  #compared(
    code: string | null,
    wantedCode: string | null,
    got: unknown,
    wanted: unknown,
  ): Outcome {
    if (code !== wantedCode) fault(`${code}, expected ${wantedCode}`);
    const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (a !== b && code === null) fault(`${a.slice(0, 400)}, expected ${b.slice(0, 400)}`);
    if (code === null) this.#compareState();
    return { text: code ?? `${a.length > 60 ? 60 : a.length}`, isOver: code !== null };
  }

  #compareState(): void {
    const [decoder, naive] = [this.#decoder, this.#naive];
    if (decoder.insertCount !== naive.insertCount) {
      fault(`${decoder.insertCount} insertions, expected ${naive.insertCount}`);
    }
    if (decoder.tableSize !== naive.tableSize) {
      fault(`a table of ${decoder.tableSize}, expected ${naive.tableSize}`);
    }
    if (decoder.blockedStreams !== naive.blockedStreams) {
      fault(`${decoder.blockedStreams} streams wait, expected ${naive.blockedStreams}`);
    }
    this.#read(decoder.takeDecoderStream());
    if (this.#increments > naive.insertCount) fault("more was acknowledged than inserted");
  }

  /** Instructions of the decoder stream (RFC 9204 section 4.4). */
  #read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const first = bytes[at++] ?? 0;
      const most = first >= 128 ? 127 : 63;
      let value = first & most;
      if (value === most) {
        for (let power = 1; ; power *= 128) {
          const octet = bytes[at++];
          if (octet === undefined) return fault("half an instruction");
          value += (octet & 127) * power;
          if (octet < 128) break;
        }
      }
      if (first >= 128) this.#told.push(`ack ${value}`);
      else if (first >= 64) this.#told.push(`cancel ${value}`);
      else if (value === 0) fault("an increment of 0");
      else this.#increments += value;
    }
  }

  finish(): void {
    if (this.#naive.fault === null && !this.#isBeyond) {
      this.#read(this.#decoder.takeDecoderStream());
      // Without a table nobody needs to know of cancellations (RFC 9204 section 2.2.2.2).
      const isKnown = (one: string) => this.#hasTable || !one.startsWith("cancel");
      const wanted = this.#naive.acknowledged.filter(isKnown);
      const got = this.#told.filter(isKnown);
      if ([...got].sort().join() !== [...wanted].sort().join())
        fault(`told ${got}, expected ${wanted}`);
    }
    this.#decoder.release();
  }
}

function perform(decoder: QpackDecoder, step: QpackStep): void {
  if (step.do === "instructions") decoder.receiveEncoderStream(step.bytes);
  else if (step.do === "section") decoder.decode(step.streamId, step.bytes);
  else decoder.cancel(step.streamId);
}

/** The code of the error; null where there is none. */
function attempt(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

function listOf({ fields }: Extract<NaiveSection, { fields: unknown }>): unknown {
  return [fields.flatMap(({ name, value }) => [name, value]), fields.map((one) => one.sensitive)];
}

/** In which order streams go on is not said: of one stream it is. */
function sortedByStream(list: readonly unknown[]): unknown[] {
  return (list as [number, unknown][])
    .map((one, at) => [one, at] as const)
    .sort(([[a], i], [[b], j]) => a - b || i - j)
    .map(([one]) => one);
}
