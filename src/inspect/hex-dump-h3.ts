// Parts of an HTTP/3 frame (RFC 9114 section 7).

import { hexadecimal, type PartCutter } from "./hex-dump-parts.js";
import { settingName } from "./tree-names.js";

const NAMES: Readonly<Record<string, readonly [name: string, section: string]>> = {
  0: ["DATA", "7.2.1"],
  1: ["HEADERS", "7.2.2"],
  3: ["CANCEL_PUSH", "7.2.3"],
  4: ["SETTINGS", "7.2.4"],
  5: ["PUSH_PROMISE", "7.2.5"],
  7: ["GOAWAY", "7.2.6"],
  13: ["MAX_PUSH_ID", "7.2.7"],
};

/** Parts of one frame, type and length first. */
export function h3FrameParts(cutter: PartCutter, frame: string): void {
  if (frame === "STREAM_TYPE") {
    cutter.varint("Stream Type", "RFC 9114 section 6.2", hexadecimal);
    return cutter.rest("Push ID or Session ID", "RFC 9114 section 6.2.2");
  }
  if (frame === "DATAGRAM") {
    cutter.varint("Quarter Stream ID", "RFC 9297 section 2.1");
    return cutter.rest("HTTP Datagram Payload", "RFC 9297 section 2.1");
  }
  const header = "RFC 9114 section 7.1";
  const type = cutter.varint("Type", header, (value) => {
    const name = NAMES[String(value)]?.[0];
    return name === undefined ? hexadecimal(value) : `${name} (${hexadecimal(value)})`;
  });
  cutter.varint("Length", header);
  const rfc = `RFC 9114 section ${NAMES[type]?.[1] ?? "9"}`;
  switch (type) {
    case 0:
      return cutter.rest("Data", rfc);
    case 1:
      return cutter.rest("Encoded Field Section", rfc);
    case 4:
      while (cutter.left > 0) {
        cutter.varint("Identifier", "RFC 9114 section 7.2.4", (id) => settingName("h3", id));
        if (cutter.left > 0) cutter.varint("Value", "RFC 9114 section 7.2.4");
      }
      return;
    case 5:
      cutter.varint("Push ID", rfc);
      return cutter.rest("Encoded Field Section", rfc);
    case 3:
    case 13:
      cutter.varint("Push ID", rfc);
      break;
    case 7:
      cutter.varint("Stream ID or Push ID", rfc);
      break;
  }
  cutter.rest("Payload", rfc);
}
