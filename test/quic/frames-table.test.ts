// Which frame may stand in which packet: the column Pkts of table 3 of RFC 9000 as it is printed there, the extensions, and the
// frames of 0-RTT that section 12.5 excludes; each pair of both, from both sides.

import { parseFrames } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { hex, octets, toHex } from "../helpers/quic-wire.js";

const TOKEN = toHex(octets(16));

/** Packets that may carry it, and the shortest good octets of it. */
const TABLE: [types: string, packets: string, wires: string[]][] = [
  ["PADDING", "IH01", ["00"]],
  ["PING", "IH01", ["01"]],
  ["ACK", "IH_1", ["02 00 00 00 00", "03 00 00 00 00 00 00 00"]],
  ["RESET_STREAM", "__01", ["04 00 00 00"]],
  ["STOP_SENDING", "__01", ["05 00 00"]],
  ["CRYPTO", "IH_1", ["06 00 00"]],
  ["NEW_TOKEN", "___1", ["07 01 01"]],
  ["STREAM", "__01", ["08 00", "09 00", "0a 00 00", "0b 00 00", "0c 00 00", "0d 00 00"]],
  ["STREAM", "__01", ["0e 00 00 00", "0f 00 00 00"]],
  ["MAX_DATA", "__01", ["10 00"]],
  ["MAX_STREAM_DATA", "__01", ["11 00 00"]],
  ["MAX_STREAMS", "__01", ["12 00", "13 00"]],
  ["DATA_BLOCKED", "__01", ["14 00"]],
  ["STREAM_DATA_BLOCKED", "__01", ["15 00 00"]],
  ["STREAMS_BLOCKED", "__01", ["16 00", "17 00"]],
  ["NEW_CONNECTION_ID", "__01", [`18 00 00 01 01 ${TOKEN}`]],
  ["RETIRE_CONNECTION_ID", "___1", ["19 00"]],
  ["PATH_CHALLENGE", "__01", ["1a 0102030405060708"]],
  ["PATH_RESPONSE", "___1", ["1b 0102030405060708"]],
  ["CONNECTION_CLOSE", "IH01", ["1c 00 00 00"]],
  ["CONNECTION_CLOSE", "__01", ["1d 00 00"]],
  ["HANDSHAKE_DONE", "___1", ["1e"]],
  ["IMMEDIATE_ACK", "___1", ["1f"]],
  ["RESET_STREAM_AT", "__01", ["24 00 00 00 00"]],
  ["DATAGRAM", "__01", ["30", "31 00"]],
  ["ACK_FREQUENCY", "___1", ["40af 00 00 00 00"]],
];
const PACKETS = [
  ["Initial", "I"],
  ["Handshake", "H"],
  ["0-RTT", "0"],
  ["1-RTT", "1"],
] as const;

const PAIRS = TABLE.flatMap(([name, packets, wires]) =>
  PACKETS.flatMap(([packet, letter]) =>
    wires.map((wire) => {
      const isLegal = packets.includes(letter);
      return [name, wire, packet, isLegal] as const;
    }),
  ),
);

test.each(PAIRS)("Q-FRM-3: %s (%s) in %s: %s", (name, wire, packet, isLegal) => {
  const items = parseFrames(hex(wire), packet);
  if (isLegal) expect(items).toMatchObject([{ name }]);
  else
    expect(items).toMatchObject([
      { type: "error", at: 0, error: { code: "QUIC_FRAME_FORBIDDEN", offset: 0, wireCode: 10 } },
    ]);
});

describe("rows of the rule list that are places in the table", () => {
  const code = (wire: string, packet: string, from?: "client" | "server") => {
    const last = parseFrames(hex(wire), packet, from === undefined ? {} : { from }).at(-1);
    return last !== undefined && "error" in last ? last.error.code : null;
  };

  test.each([
    ["Q-HDR-16: STREAM in an Initial", "08 00", "Initial"],
    ["Q-HDR-19: STREAM in a Handshake packet", "08 00", "Handshake"],
    ["Q-HDR-18: PATH_RESPONSE in 0-RTT", "1b 0102030405060708", "0-RTT"],
    ["Q-HDR-18: RETIRE_CONNECTION_ID in 0-RTT", "19 00", "0-RTT"],
    ["Q-ACK-6: ACK in 0-RTT", "02 00 00 00 00", "0-RTT"],
    ["Q-CRY-6: CRYPTO in 0-RTT", "06 00 00", "0-RTT"],
    ["Q-CC-2: CONNECTION_CLOSE of the application in an Initial", "1d 00 00", "Initial"],
    ["Q-CC-2: in a Handshake packet", "1d 00 00", "Handshake"],
    ["Q-DG-4: DATAGRAM in a Handshake packet", "30", "Handshake"],
  ])("%s", (_name, wire, packet) => {
    expect(code(wire, packet)).toBe("QUIC_FRAME_FORBIDDEN");
  });

  test("Q-TOK-2: NEW_TOKEN is the server's", () => {
    expect(code("07 01 01", "1-RTT", "client")).toBe("QUIC_NEW_TOKEN_FROM_CLIENT");
    expect(code("07 01 01", "1-RTT", "server")).toBeNull();
    expect(code("07 01 01", "0-RTT", "client")).toBe("QUIC_FRAME_FORBIDDEN");
  });

  test("Q-HD-1: HANDSHAKE_DONE is the server's", () => {
    expect(code("1e", "1-RTT", "client")).toBe("QUIC_HANDSHAKE_DONE_FROM_CLIENT");
    expect(code("1e", "1-RTT", "server")).toBeNull();
    expect(code("1e", "Handshake", "client")).toBe("QUIC_FRAME_FORBIDDEN");
  });

  test("Q-FRM-2: every other type below 2^14 is unknown, in every packet", () => {
    const known = new Set(TABLE.flatMap(([, , wires]) => wires.map((wire) => wire.split(" ")[0])));
    for (let type = 0; type < 2 ** 14; type++) {
      const wire = type < 64 ? type.toString(16).padStart(2, "0") : (type | 0x4000).toString(16);
      if (known.has(wire)) continue;
      for (const [packet] of PACKETS) expect(code(wire, packet)).toBe("QUIC_FRAME_TYPE_UNKNOWN");
    }
  });
});
