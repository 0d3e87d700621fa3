// Parts of an HTTP/2 frame (RFC 9113 sections 4.1 and 6), with the nine octets of its header.

import { flagNames, hexadecimal, type PartCutter } from "./hex-dump-parts.js";
import { codeName, settingName } from "./tree-names.js";

const NAMES: readonly string[] = [
  "DATA",
  "HEADERS",
  "PRIORITY",
  "RST_STREAM",
  "SETTINGS",
  "PUSH_PROMISE",
  "PING",
  "GOAWAY",
  "WINDOW_UPDATE",
  "CONTINUATION",
];

const ACK = { 1: "ACK" };
const MESSAGE = { 1: "END_STREAM", 4: "END_HEADERS", 8: "PADDED", 32: "PRIORITY" };
const PADDED = 8;
const PRIORITY = 32;

const HEADER = "RFC 9113 section 4.1";
/** First octets of the connection preface. */
const PRI = 0x50;

/** Parts of one frame, or of the connection preface. */
export function h2FrameParts(cutter: PartCutter): void {
  if (cutter.bytes[0] === PRI && cutter.bytes[1] === 0x52) {
    cutter.rest("connection preface", "RFC 9113 section 3.4");
    return;
  }
  const length = cutter.number(3, "Length", HEADER);
  const type = cutter.number(
    1,
    "Type",
    HEADER,
    (value) => `${NAMES[value] ?? "UNKNOWN"} (${hexadecimal(value)})`,
  );
  const flags = cutter.number(1, "Flags", HEADER, (value) =>
    flagNames(value, type === 4 || type === 6 ? ACK : MESSAGE),
  );
  cutter.number(4, "Reserved, Stream Identifier", HEADER);
  const rfc = type < NAMES.length ? `RFC 9113 section 6.${type + 1}` : "RFC 9113 section 5.5";
  if (cutter.left > 0) payloadParts(cutter, type, flags, length, rfc);
}

function payloadParts(
  cutter: PartCutter,
  type: number,
  flags: number,
  length: number,
  rfc: string,
): void {
  const end = cutter.at + length;
  const isPadded = (type <= 1 || type === 5) && (flags & PADDED) !== 0;
  const padding = isPadded ? cutter.number(1, "Pad Length", rfc) : 0;
  const content = () => Math.max(0, Math.min(end - cutter.at - padding, cutter.left));
  const code = (value: number) => codeName("h2", value);
  if (type === 0) cutter.take(content(), "Data", rfc);
  if ((type === 1 && (flags & PRIORITY) !== 0) || type === 2) {
    cutter.number(4, "Exclusive, Stream Dependency", rfc);
    cutter.number(1, "Weight", rfc);
  }
  if (type === 5) cutter.number(4, "Promised Stream ID", rfc);
  if (type === 1 || type === 5 || type === 9) cutter.take(content(), "Field Block Fragment", rfc);
  if (type === 3) cutter.number(4, "Error Code", rfc, code);
  if (type === 4) settingsParts(cutter);
  if (type === 6) cutter.take(8, "Opaque Data", rfc);
  if (type === 7) {
    cutter.number(4, "Last-Stream-ID", rfc);
    cutter.number(4, "Error Code", rfc, code);
    cutter.rest("Additional Debug Data", rfc);
  }
  if (type === 8) cutter.number(4, "Window Size Increment", rfc);
  cutter.rest(isPadded ? "Padding" : "Payload", rfc);
}

function settingsParts(cutter: PartCutter): void {
  while (cutter.left >= 6) {
    const at = cutter.at;
    const id = ((cutter.bytes[at] as number) << 8) | (cutter.bytes[at + 1] as number);
    cutter.take(2, `Identifier: ${settingName("h2", id)}`, "RFC 9113 section 6.5.1");
    cutter.number(4, "Value", "RFC 9113 section 6.5.1");
  }
}
