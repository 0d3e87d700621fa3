// fast-check arbitraries for QUIC: integers, frames, transport parameters, packets of every type and version, datagrams of
// several packets, and scripts of hostile peers whose secrets are known. The module fast-check is an argument: it is an optional
// peer, and this file must load without it.

import type * as FastCheck from "fast-check";
import { type Edit, edited } from "../edits.js";
import { concat } from "../latin1.js";
import * as packets from "../quic/packets.js";
import { QUIC_VERSION } from "../quic/registry.js";
import { type QuicScriptStep, scriptBytes } from "../quic/script.js";
import { QUIC_SCRIPT_TOKENS, QUIC_TOKENS } from "../quic/tokens.js";
import { type Arb, editsOf, type Fc, seldom } from "./edits.js";
import {
  brokenQuicFrames,
  goodQuicFrames,
  quicNumbers,
  quicParameters,
  quicVarints,
} from "./quic-frames.js";

/** What `quicArbitraries` gives. */
export interface QuicArbitraries {
  /** Octets of integers in any encoding: whole, longer than they must be, cut. */
  readonly varint: FastCheck.Arbitrary<Uint8Array>;
  /** One frame as a correct sender writes it. */
  readonly frame: FastCheck.Arbitrary<Uint8Array>;
  /** One frame with any field wrong. */
  readonly anyFrame: FastCheck.Arbitrary<Uint8Array>;
  /** Frames one behind the other, good ones only. */
  readonly payload: FastCheck.Arbitrary<Uint8Array>;
  /** The same with mistakes. */
  readonly anyPayload: FastCheck.Arbitrary<Uint8Array>;
  /** Transport parameters one behind the other: most lists are good. */
  readonly parameters: FastCheck.Arbitrary<Uint8Array>;
  /** One packet, not protected: any type, version and connection ids, some with lengths that lie. */
  readonly packet: FastCheck.Arbitrary<Uint8Array>;
  /** Packets one behind the other, and what senders pad with. */
  readonly datagram: FastCheck.Arbitrary<Uint8Array>;
  /** What a hostile client and server say (`scriptBytes`). */
  readonly script: FastCheck.Arbitrary<readonly QuicScriptStep[]>;
  /** Edits that may break anything. */
  edits(others?: readonly Uint8Array[]): FastCheck.Arbitrary<readonly Edit[]>;
  /** Scripts as bytes after a few edits. */
  broken(seeds?: readonly Uint8Array[]): FastCheck.Arbitrary<Uint8Array>;
}

/**
 * Arbitraries for QUIC. Pass the module: `quicArbitraries(fc)` after `import * as fc from "fast-check"`.
 */
export function quicArbitraries(fc: Fc): QuicArbitraries {
  const frame = goodQuicFrames(fc);
  const anyFrame = brokenQuicFrames(fc);
  const mixed = fc.oneof({ weight: 6, arbitrary: frame }, { weight: 1, arbitrary: anyFrame });
  const payload = fc.array(frame, { minLength: 1, maxLength: 8 }).map(concat);
  const anyPayload = fc.array(mixed, { maxLength: 8 }).map(concat);
  const packet = anyPackets(fc, anyPayload);
  const script = scripts(fc, payload, anyPayload, packet);
  const edits = (others: readonly Uint8Array[] = []) => editsOf(fc, QUIC_SCRIPT_TOKENS, others);
  return {
    varint: quicVarints(fc),
    frame,
    anyFrame,
    payload,
    anyPayload,
    parameters: quicParameters(fc),
    packet,
    datagram: datagrams(fc, packet),
    script,
    edits,
    broken(seeds = []) {
      const base: Arb<Uint8Array>[] = [script.map(scriptBytes)];
      if (seeds.length > 0) base.push(fc.constantFrom(...seeds));
      return fc
        .tuple(fc.oneof(...base), fc.option(edits(seeds), { nil: [], freq: 3 }))
        .map(([bytes, list]) => edited(bytes, list));
    },
  };
}

const VERSIONS = [...Object.values(QUIC_VERSION), QUIC_VERSION.V1, QUIC_VERSION.V1, 0xff00_001d];

function connectionIds(fc: Fc): Arb<Uint8Array> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.uint8Array({ maxLength: 20 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(20, 21, 254, 255).map((length) => new Uint8Array(length)),
    },
  );
}

function anyPackets(fc: Fc, payload: Arb<Uint8Array>): Arb<Uint8Array> {
  const id = connectionIds(fc);
  const number = quicNumbers(fc);
  const octet = fc.nat(255);
  const rawFields = fc.record({
    version: fc.constantFrom<number>(...VERSIONS),
    destination: id,
    source: id,
    packetNumber: fc.uint8Array({ minLength: 1, maxLength: 4 }),
    token: seldom(fc, fc.uint8Array({ maxLength: 40 }), undefined, 12),
    length: seldom(fc, number, undefined, 12),
    tokenLength: seldom(fc, number, undefined, 12),
    destinationLength: seldom(fc, octet, undefined, 12),
    sourceLength: seldom(fc, octet, undefined, 12),
    first: seldom(fc, octet, undefined, 12),
  });
  const fields = rawFields.map(withoutMissing);
  // Octets behind the frames so that there is something to sample.
  const body = fc
    .tuple(payload, fc.constantFrom(0, 16, 20, 40))
    .map(([bytes, more]) => concat([bytes, new Uint8Array(more).fill(0xaa)]));
  const type = fc.constantFrom("Initial" as const, "0-RTT" as const, "Handshake" as const);
  const token = fc.uint8Array({ maxLength: 40 });
  const versions = fc.array(fc.constantFrom<number>(...VERSIONS), { maxLength: 6 });
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(type, body, fields).map((parts) => packets.longPacket(...parts)),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(id, body, fc.integer({ min: 0, max: 127 }))
        .map((parts) => packets.shortPacket(...parts)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(versions, fields, fc.uint8Array({ maxLength: 3 }))
        .map(([list, one, rest]) => packets.versionNegotiation(list, { ...one, rest })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(token, fields, fc.uint8Array({ maxLength: 16 }))
        .map((parts) => packets.retry(...parts)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  );
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The members that are there: `exactOptionalPropertyTypes` wants the others away, not undefined. */
function withoutMissing<T extends object>(fields: T): Partial<Present<T>> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Present<T>>;
}

function datagrams(fc: Fc, packet: Arb<Uint8Array>): Arb<Uint8Array> {
  const tail = fc.oneof(
    fc.constant(new Uint8Array(0)),
    fc.nat(40).map((length) => new Uint8Array(length)),
    fc.uint8Array({ maxLength: 40 }),
  );
  return fc
    .tuple(fc.array(packet, { maxLength: 4 }), tail)
    .map(([list, rest]) => concat([...list, rest]));
}

function scripts(
  fc: Fc,
  payload: Arb<Uint8Array>,
  anyPayload: Arb<Uint8Array>,
  packet: Arb<Uint8Array>,
): Arb<readonly QuicScriptStep[]> {
  const bytes = fc.oneof(
    { weight: 5, arbitrary: payload },
    { weight: 2, arbitrary: anyPayload },
    { weight: 1, arbitrary: fc.constantFrom(...QUIC_TOKENS) },
  );
  const side = fc.constantFrom("client" as const, "server" as const);
  const type = fc.constantFrom(
    "1-RTT" as const,
    "1-RTT" as const,
    "1-RTT" as const,
    "Initial" as const,
    "Handshake" as const,
    "0-RTT" as const,
  );
  const step: Arb<QuicScriptStep> = fc.oneof(
    { weight: 14, arbitrary: fc.record({ do: fc.constant("packet" as const), side, type, bytes }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("update" as const), side }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("move" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("retry" as const),
        bytes: fc.uint8Array({ maxLength: 20 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("raw" as const), side, bytes: packet }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("again" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("join" as const) }) },
  );
  const greeting: Arb<readonly QuicScriptStep[]> = fc.constantFrom(
    [{ do: "greeting" as const }],
    [{ do: "greeting" as const }],
    [],
  );
  return fc
    .tuple(greeting, fc.array(step, { minLength: 1, maxLength: 16 }))
    .map(([first, list]) => [...first, ...list]);
}
