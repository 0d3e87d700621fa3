// Transport parameters, whatever they are: parseTransportParameters says what the naive parser says of any octets from anyone;
// what encodeTransportParameters writes is read back.

import fc from "fast-check";
import {
  encodeTransportParameters,
  parseTransportParameters,
  type TransportParameter,
  type TransportParameterInput,
} from "tercet/quic";
import { expect, test } from "vitest";
import { naiveParameters, type Said } from "../helpers/naive/quic-parameters.js";
import { concat, MAX_VARINT, octets, toHex, varint } from "../helpers/quic-wire.js";

const NAMES_WITH_FIELDS = ["preferred_address", "version_information"];

/** What parseTransportParameters says, as the naive parser says it. */
function read(bytes: Uint8Array, from?: "client" | "server"): Said[] {
  return parseTransportParameters(bytes, from).map((item) => {
    if ("error" in item) return `${item.error.code} @${item.error.offset} of ${item.id}`;
    const { id, name, value } = item;
    if (NAMES_WITH_FIELDS.includes(name)) return `${id} ${name} ${toHex(item.bytes)}`;
    return `${id} ${name} ${value instanceof Uint8Array ? toHex(value) : value}`;
  });
}

const KNOWN = [...octets(18, 0), 0x20, 0x1057, 0x173e, 0x3128, 0x4752, 0x2ab2];
const LARGE = [0x17f7586d2cb571, 0xff04de1b, 0xff03de1a, 27, 58, 31n * 2n ** 56n + 27n, 0x4753];
const id = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<number | bigint>(...KNOWN, ...LARGE) },
  fc.bigInt(0n, MAX_VARINT),
);
const number = fc.oneof(
  fc.nat(30),
  fc.integer({ min: 1190, max: 1210 }),
  fc.integer({ min: 16_380, max: 16_390 }),
  fc.integer({ min: 20_000, max: 30_000 }),
  fc.bigInt(2n ** 60n - 2n, 2n ** 60n + 2n),
  fc.bigInt(0n, MAX_VARINT),
);
const width = fc.constantFrom<1 | 2 | 4 | 8 | undefined>(undefined, undefined, undefined, 2, 8);
const anyVarint = fc.tuple(number, width).map(([value, wide]) => {
  const isTooNarrow = wide !== undefined && wide < varint(value).length;
  return varint(value, isTooNarrow ? undefined : wide);
});
const address = fc
  .tuple(fc.nat(22), fc.nat(2))
  .map(([length, more]) => concat(octets(24), [length], octets(length), octets(15 + more)));
const versions = fc
  .array(fc.constantFrom(0, 1, 1, 0x6b3343cf, 0x0a0a0a0a), { maxLength: 4 })
  .map((list) => concat(...list.map((version) => varint(version, 8).slice(4))));
const value = fc.oneof(
  { weight: 4, arbitrary: anyVarint },
  fc.constant(octets(0)),
  fc.constantFrom(octets(16), octets(15), octets(20), octets(21)),
  fc.uint8Array({ maxLength: 24 }),
  address,
  versions,
);
const lists = fc
  .tuple(
    fc.array(fc.tuple(id, value, width), { maxLength: 6 }),
    fc.option(fc.tuple(fc.nat(80), fc.nat(255)), { nil: undefined }),
  )
  .map(([parameters, flip]) => {
    const bytes = concat(
      ...parameters.flatMap(([key, octet, wide]) => [
        varint(key),
        varint(octet.length, wide),
        octet,
      ]),
    );
    if (flip !== undefined && flip[0] < bytes.length) bytes[flip[0]] = flip[1];
    return bytes;
  });
const from = fc.constantFrom(undefined, "client" as const, "server" as const);

test("Q-TP-2: parseTransportParameters says what the naive parser says", () => {
  fc.assert(
    fc.property(lists, from, (bytes, sender) => {
      const copy = bytes.slice();
      expect(read(bytes, sender)).toEqual(naiveParameters(copy, sender));
      expect(bytes).toEqual(copy);
    }),
    { numRuns: 5000 },
  );
});

test("Q-TP-2: and of any octets at all, at every cut", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), from, (bytes, sender) => {
      for (let end = 0; end <= bytes.length; end++) {
        const cut = bytes.subarray(0, end);
        expect(read(cut, sender)).toEqual(naiveParameters(cut, sender));
      }
    }),
  );
});

test("what was good is written again, and read again as the same", () => {
  fc.assert(
    fc.property(lists, (bytes) => {
      const list = parseTransportParameters(bytes).filter((item) => "name" in item);
      const again = parseTransportParameters(encodeTransportParameters(list));
      const members = (one: TransportParameter | TransportParameterInput) => [
        one.id,
        one.name,
        one.value,
      ];
      const parameters = again.filter((item) => "name" in item);
      expect(parameters.map(members)).toEqual(list.map(members));
    }),
    { numRuns: 2000 },
  );
});
