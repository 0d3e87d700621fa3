// Parts of a QUIC packet as it stands on the wire (RFC 9000 section 17: what header protection hides stays hidden here), of a
// frame of QUIC (section 19), and of a TLS record (RFC 8446 section 5.1).

import { hexadecimal, type PartCutter } from "./hex-dump-parts.js";

const LONG = "RFC 9000 section 17.2";

/** Parts of a packet; what type it is has been found already. */
export function quicPacketParts(cutter: PartCutter, packetType: string): void {
  const first = cutter.bytes[0] as number;
  if ((first & 0x80) === 0) {
    cutter.take(1, "Header Form 0, Fixed Bit, Spin Bit, protected bits", "RFC 9000 section 17.3.1");
    return cutter.rest(
      "Destination Connection ID, protected Packet Number, protected Payload",
      "RFC 9000 section 17.3.1",
    );
  }
  cutter.take(
    1,
    `Header Form 1, Fixed Bit, Long Packet Type: ${packetType}, type-specific bits`,
    LONG,
  );
  const version = cutter.number(4, "Version", LONG, hexadecimal);
  for (const name of ["Destination", "Source"]) {
    const length = cutter.number(1, `${name} Connection ID Length`, LONG);
    if (length > 0) cutter.take(length, `${name} Connection ID`, LONG);
  }
  if (version === 0) {
    while (cutter.left >= 4)
      cutter.number(4, "Supported Version", "RFC 9000 section 17.2.1", hexadecimal);
    return cutter.rest("octets that are no version");
  }
  if (packetType === "Unknown") return cutter.rest("version-specific", "RFC 8999 section 5.1");
  if (packetType === "Retry") {
    cutter.take(Math.max(0, cutter.left - 16), "Retry Token", "RFC 9000 section 17.2.5");
    return cutter.rest("Retry Integrity Tag", "RFC 9001 section 5.8");
  }
  if (packetType === "Initial") {
    const length = cutter.varint("Token Length", "RFC 9000 section 17.2.2");
    if (length > 0) cutter.take(length, "Token", "RFC 9000 section 17.2.2");
  }
  cutter.varint("Length", LONG);
  cutter.rest("protected Packet Number, protected Payload", "RFC 9001 section 5");
}

type Field = string | readonly ["octets", name: string, length: number];
/** Wire fields of a frame behind its type, in order: names are variable-length integers. */
const FRAMES: Readonly<Record<number, readonly [section: string, ...fields: Field[]]>> = {
  0: ["19.1"],
  1: ["19.2"],
  2: ["19.3", "Largest Acknowledged", "ACK Delay", "ACK Range Count", "First ACK Range"],
  3: ["19.3", "Largest Acknowledged", "ACK Delay", "ACK Range Count", "First ACK Range"],
  4: ["19.4", "Stream ID", "Application Protocol Error Code", "Final Size"],
  5: ["19.5", "Stream ID", "Application Protocol Error Code"],
  6: ["19.6", "Offset", "Length"],
  7: ["19.7", "Token Length"],
  16: ["19.9", "Maximum Data"],
  17: ["19.10", "Stream ID", "Maximum Stream Data"],
  18: ["19.11", "Maximum Streams"],
  19: ["19.11", "Maximum Streams"],
  20: ["19.12", "Maximum Data"],
  21: ["19.13", "Stream ID", "Maximum Stream Data"],
  22: ["19.14", "Maximum Streams"],
  23: ["19.14", "Maximum Streams"],
  24: ["19.15", "Sequence Number", "Retire Prior To", ["octets", "Length", 1]],
  25: ["19.16", "Sequence Number"],
  26: ["19.17", ["octets", "Data", 8]],
  27: ["19.18", ["octets", "Data", 8]],
  28: ["19.19", "Error Code", "Frame Type", "Reason Phrase Length"],
  29: ["19.19", "Error Code", "Reason Phrase Length"],
  30: ["19.20"],
};
/** What the octets behind the fields are. */
const REST: Readonly<Record<number, string>> = {
  0: "Padding",
  2: "ACK Ranges",
  3: "ACK Ranges, ECN Counts",
  6: "Crypto Data",
  7: "Token",
  24: "Connection ID, Stateless Reset Token",
  28: "Reason Phrase",
  29: "Reason Phrase",
};

/** Parts of one frame of a decrypted payload. */
export function quicFrameParts(cutter: PartCutter, name: string): void {
  if (cutter.bytes[0] === 0) return cutter.rest("PADDING", "RFC 9000 section 19.1");
  const type = cutter.varint(
    "Type",
    "RFC 9000 section 12.4",
    (value) => `${name} (${hexadecimal(value)})`,
  );
  if (type >= 8 && type <= 15) {
    const rfc = "RFC 9000 section 19.8";
    cutter.varint("Stream ID", rfc);
    if ((type & 4) !== 0) cutter.varint("Offset", rfc);
    if ((type & 2) !== 0) cutter.varint("Length", rfc);
    return cutter.rest("Stream Data", rfc);
  }
  const [section, ...fields] = FRAMES[type] ?? [""];
  const rfc = section === "" ? "" : `RFC 9000 section ${section}`;
  for (const field of fields) {
    if (cutter.left === 0) break;
    if (typeof field === "string") cutter.varint(field, rfc);
    else cutter.take(field[2], field[1], rfc);
  }
  cutter.rest(REST[type] ?? "Payload", rfc);
}

const RECORD_TYPES: Readonly<Record<number, string>> = {
  20: "change_cipher_spec",
  21: "alert",
  22: "handshake",
  23: "application_data",
};

/** Parts of a TLS record. */
export function tlsRecordParts(cutter: PartCutter): void {
  const rfc = "RFC 8446 section 5.1";
  const type = cutter.number(
    1,
    "ContentType",
    rfc,
    (value) => RECORD_TYPES[value] ?? String(value),
  );
  cutter.number(2, "ProtocolVersion", rfc, hexadecimal);
  cutter.number(2, "length", rfc);
  cutter.rest(
    type === 23 ? "encrypted_record" : "fragment",
    type === 23 ? "RFC 8446 section 5.2" : rfc,
  );
}
