// fast-check arbitraries for frames and transport parameters of QUIC, as they must be and broken in every field.

import { concat } from "../latin1.js";
import * as frames from "../quic/frames.js";
import { parameter, preferredAddress } from "../quic/parameters.js";
import { QUIC_FRAME, QUIC_PARAMETER } from "../quic/registry.js";
import { VARINT_EDGES, VARINT_MAX, varint } from "../varint.js";
import type { Arb, Fc } from "./edits.js";

const { RESET_STREAM_AT } = QUIC_FRAME;
/** Values around the ends of what is allowed. */
const NUMBERS = [0, 1, 2, 20, 21, 63, 64, 1_199, 1_200, 16_383, 16_384, 65_535, 2 ** 30 - 1];
const LARGE = [2 ** 30, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 60n, 2n ** 60n + 1n, VARINT_MAX];

/** Numbers as frames have them: small ones, edges, large ones. */
export function quicNumbers(fc: Fc): Arb<number | bigint> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.nat(9) },
    { weight: 3, arbitrary: fc.constantFrom(...NUMBERS) },
    { weight: 1, arbitrary: fc.constantFrom<number | bigint>(...LARGE) },
  );
}

/** Octets of integers in any encoding: whole, longer than they must be, cut. */
export function quicVarints(fc: Fc): Arb<Uint8Array> {
  const sized = fc
    .tuple(fc.constantFrom(1, 2, 4, 8), fc.bigInt(0n, VARINT_MAX))
    .map(([size, value]) => varint(value % 2n ** BigInt(8 * size - 2), size));
  return fc.oneof(fc.constantFrom(...VARINT_EDGES), sized, fc.uint8Array({ maxLength: 9 }));
}

/** Frames as a correct sender writes them, none that goes on to the end of the packet. */
export function goodQuicFrames(fc: Fc): Arb<Uint8Array> {
  const number = quicNumbers(fc);
  const small = fc.nat(200);
  const content = fc.uint8Array({ maxLength: 40 });
  const id = fc.uint8Array({ minLength: 1, maxLength: 20 });
  const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
  const streamId = fc.constantFrom<number>(0, 0, 4, 8, 1, 2, 3, 6, 2 ** 20);
  const all: readonly [weight: number, arbitrary: Arb<Uint8Array>][] = [
    [1, fc.integer({ min: 1, max: 30 }).map(frames.padding)],
    [1, fc.constant(frames.ping())],
    [4, goodAcks(fc)],
    [4, fc.tuple(small, content).map(([at, data]) => frames.crypto(at, data))],
    [1, fc.uint8Array({ minLength: 1, maxLength: 40 }).map((token) => frames.newToken(token))],
    [
      8,
      fc
        .record({ streamId, content, offset: small, fin: fc.boolean() })
        .map(({ content: data, ...one }) => frames.stream(one.streamId, data, one)),
    ],
    [1, fc.tuple(streamId, small, small).map((three) => frames.resetStream(...three))],
    [1, fc.tuple(streamId, small).map((two) => frames.stopSending(...two))],
    [2, fc.tuple(small, id).map(([sequence, one]) => frames.newConnectionId(sequence, 0, one))],
    [1, small.map(frames.retireConnectionId)],
    [1, eight.map(frames.pathChallenge)],
    [1, eight.map(frames.pathResponse)],
    [1, fc.tuple(number, number, content).map((parts) => frames.close(...parts))],
    [1, fc.tuple(number, content).map((parts) => frames.closeApplication(...parts))],
    [1, fc.constant(frames.handshakeDone())],
    [1, content.map((data) => frames.datagram(data))],
    [3, integerFrames(fc, fc.nat(2 ** 20), RESET_STREAM_AT)],
    [
      1,
      fc
        .tuple(streamId, small, small, small)
        .map(([id, code, more, reliable]) =>
          frames.frame(RESET_STREAM_AT, [id, code, reliable + more, reliable]),
        ),
    ],
  ];
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** ACK with ranges that stay above zero. */
function goodAcks(fc: Fc): Arb<Uint8Array> {
  const range = fc.tuple(fc.nat(5), fc.nat(5));
  return fc
    .record({
      first: fc.nat(9),
      ranges: fc.array(range, { maxLength: 6 }),
      spare: fc.nat(100),
      delay: fc.nat(20_000),
      ecn: fc.option(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)), { nil: undefined }),
    })
    .map(({ first, ranges, spare, delay, ecn }) => {
      const below = ranges.reduce((sum, [gap, length]) => sum + gap + length + 2, 0);
      return frames.ack(first + below + spare, { first, ranges, delay, ...(ecn && { ecn }) });
    });
}

/** Frames of integers alone, but for one type. */
function integerFrames(fc: Fc, number: Arb<number | bigint>, without = -1): Arb<Uint8Array> {
  const types = frames.INTEGER_FRAMES.filter(([type]) => type !== without);
  return fc
    .tuple(fc.constantFrom(...types), fc.array(number, { minLength: 4, maxLength: 4 }))
    .map(([[type, count], values]) => frames.frame(type, values.slice(0, count)));
}

/** Frames with any field wrong: lengths, types in long encodings, unknown types, cut ones. */
export function brokenQuicFrames(fc: Fc): Arb<Uint8Array> {
  const number = quicNumbers(fc);
  const content = fc.uint8Array({ maxLength: 24 });
  const type = fc.oneof(
    fc.constantFrom<number>(...Object.values(QUIC_FRAME)),
    fc.nat(0x40),
    number,
  );
  const range = fc.tuple(number, number);
  const ecn = fc.option(fc.array(number, { maxLength: 3 }), { nil: undefined });
  const acks = fc
    .tuple(
      number,
      fc.record({ first: number, ranges: fc.array(range, { maxLength: 4 }), count: number, ecn }),
    )
    .map(([largest, { ecn: counts, ...fields }]) =>
      frames.ack(largest, { ...fields, ...(counts && { ecn: counts }) }),
    );
  const length = fc.option(number, { nil: null });
  return fc.oneof(
    fc
      .tuple(type, fc.array(number, { maxLength: 5 }), content)
      .map(([one, values, rest]) => frames.frame(one, values, rest)),
    acks,
    fc.tuple(number, content, number).map((parts) => frames.crypto(...parts)),
    fc
      .record({ id: number, content, offset: number, length })
      .map(({ id, content: data, ...rest }) => frames.stream(id, data, rest)),
    fc
      .tuple(number, number, content, content, fc.nat(255))
      .map((parts) => frames.newConnectionId(...parts)),
    fc.tuple(number, number, content, number).map((parts) => frames.close(...parts)),
    fc.tuple(content, number).map((parts) => frames.newToken(...parts)),
    fc.tuple(content, length).map((parts) => frames.datagram(...parts)),
    integerFrames(fc, number),
    fc
      .tuple(type, fc.constantFrom(2, 4, 8))
      .map(([one, size]) => varint(BigInt(one) % 2n ** BigInt(8 * size - 2), size)),
    fc.tuple(goodQuicFrames(fc), fc.nat(60)).map(([bytes, cut]) => bytes.subarray(0, cut)),
  );
}

/** Transport parameters as they must be: each id once, values in their ranges. */
function goodParameters(fc: Fc): Arb<Uint8Array> {
  const P = QUIC_PARAMETER;
  const any = fc.nat(2 ** 20);
  const content = fc.uint8Array({ maxLength: 20 });
  const one = (id: number, value: Arb<number | Uint8Array | string>) =>
    value.map((bytes) => [id, parameter(id, bytes)] as const);
  const grease = fc.tuple(fc.nat(1_000), content);
  const integers = [P.MAX_IDLE_TIMEOUT, P.INITIAL_MAX_DATA, P.INITIAL_MAX_STREAM_DATA_UNI];
  const all = fc.oneof(
    ...integers.map((id) => one(id, any)),
    one(P.INITIAL_MAX_STREAMS_BIDI, any),
    one(P.MAX_UDP_PAYLOAD_SIZE, fc.integer({ min: 1_200, max: 65_527 })),
    one(P.ACK_DELAY_EXPONENT, fc.nat(20)),
    one(P.MAX_ACK_DELAY, fc.nat(16_383)),
    one(P.ACTIVE_CONNECTION_ID_LIMIT, fc.integer({ min: 2, max: 100 })),
    one(P.INITIAL_SOURCE_CONNECTION_ID, content),
    one(P.DISABLE_ACTIVE_MIGRATION, fc.constant("")),
    one(P.GREASE_QUIC_BIT, fc.constant("")),
    one(P.VERSION_INFORMATION, fc.constant("\0\0\0\x01\0\0\0\x01")),
    one(P.MAX_DATAGRAM_FRAME_SIZE, any),
    grease.map(([n, value]) => [31 * n + 27, parameter(31 * n + 27, value)] as const),
  );
  return fc
    .uniqueArray(all, { maxLength: 12, selector: ([id]) => id })
    .map((list) => concat(list.map(([, bytes]) => bytes)));
}

/** Transport parameters one behind the other: most lists are good, not all. */
export function quicParameters(fc: Fc): Arb<Uint8Array> {
  const number = quicNumbers(fc);
  const ids = Object.values(QUIC_PARAMETER) as number[];
  const content = fc.uint8Array({ maxLength: 20 });
  const grease = fc
    .tuple(
      fc.nat(1_000).map((n) => 31 * n + 27),
      content,
    )
    .map(([id, value]) => parameter(id, value));
  const one = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom(...ids), number)
        .map(([id, value]) => parameter(id, value)),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...ids), content)
        .map(([id, value]) => parameter(id, value)),
    },
    { weight: 2, arbitrary: fc.tuple(number, content).map(([id, value]) => parameter(id, value)) },
    { weight: 2, arbitrary: grease },
    {
      weight: 1,
      arbitrary: fc.tuple(content, fc.nat(30)).map(([id, length]) => preferredAddress(id, length)),
    },
    { weight: 1, arbitrary: fc.tuple(number, content, number).map((parts) => parameter(...parts)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }) },
  );
  const broken = fc.array(one, { maxLength: 12 }).map(concat);
  return fc.oneof({ weight: 2, arbitrary: goodParameters(fc) }, { weight: 1, arbitrary: broken });
}
