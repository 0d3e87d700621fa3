// Annotated hex: the octets of each packet, frame and head beside the names of their parts and the RFC section. Needs events
// of an inspector with `keepBytes`.

import type { InspectEvent } from "./events.js";
import { hpackParts, qpackParts } from "./hex-dump-fields.js";
import { h2FrameParts } from "./hex-dump-h2.js";
import { h3FrameParts } from "./hex-dump-h3.js";
import { type HexPart, PartCutter } from "./hex-dump-parts.js";
import { quicFrameParts, quicPacketParts, tlsRecordParts } from "./hex-dump-quic.js";
import { errorNode } from "./tree-stream.js";
import { summaryText } from "./tree-summary.js";
import { count, octets, PLAIN_TREE, printable, type TreeStyle } from "./tree-text.js";

/** Octets on a line. */
const ROW = 16;
/** Lines of one part; the rest is counted. */
const MAX_ROWS = 4;

type BytesEvent = Extract<InspectEvent, { protocol: string }> & { readonly bytes: Uint8Array };

/** Parts of an event's bytes, in order, each octet in one of them. */
export function partsOf(event: InspectEvent): HexPart[] {
  const { bytes } = event as { bytes?: Uint8Array };
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) return [];
  const cutter = new PartCutter(bytes);
  cutParts(event as BytesEvent, cutter);
  cutter.rest("…");
  return cutter.parts;
}

function cutParts(event: BytesEvent, cutter: PartCutter): void {
  switch (event.event) {
    case "packet":
      return event.protocol === "tls"
        ? tlsRecordParts(cutter)
        : quicPacketParts(cutter, event.packetType);
    case "frame":
      if (event.protocol === "h2") return h2FrameParts(cutter);
      if (event.protocol === "h3") return h3FrameParts(cutter, event.name);
      if (event.protocol === "quic") return quicFrameParts(cutter, event.name);
      return cutter.rest(event.name, event.rfc);
    case "head":
    case "informational":
    case "trailers":
    case "push":
      if (event.protocol === "http/1.1") return h1Parts(cutter);
      if (event.protocol === "h2" || event.protocol === "hpack")
        return hpackParts(cutter, event.headers);
      return qpackParts(cutter, event.headers);
  }
}

/** Lines of an HTTP/1.1 head (RFC 9112 section 2.1). */
function h1Parts(cutter: PartCutter): void {
  let isFirst = true;
  while (cutter.left > 0) {
    const feed = cutter.bytes.indexOf(10, cutter.at);
    const length = (feed === -1 ? cutter.bytes.length : feed + 1) - cutter.at;
    let text = "";
    for (let at = cutter.at; at < cutter.at + length; at++)
      text += String.fromCharCode(cutter.bytes[at] as number);
    const line = text.replace(/\r?\n$/, "");
    if (line === "") cutter.take(length, "end of the fields", "RFC 9112 section 2.1");
    else if (isFirst && !/^[^\s:]+:/.test(line))
      cutter.take(length, printable(line), "RFC 9112 section 2.1");
    else cutter.take(length, printable(line), "RFC 9112 section 5");
    isFirst = false;
  }
}

/** Draws what an inspector gives, event after event. */
export class HexPrinter {
  readonly #style: TreeStyle;

  constructor(options: { readonly style?: TreeStyle } = {}) {
    this.#style = options.style ?? PLAIN_TREE;
  }

  /** Text of these events. */
  push(events: readonly InspectEvent[]): string {
    let text = "";
    for (const event of events) text += this.#text(event);
    return text;
  }

  #text(event: InspectEvent): string {
    if (event.event === "summary") return summaryText(event, new Map(), this.#style);
    if (event.event === "error") {
      const { text, note } = errorNode(event, this.#style);
      return `${text}  ${this.#style.dim(note ?? "")}\n\n`;
    }
    const parts = partsOf(event);
    if (parts.length === 0) return "";
    const { bytes } = event as BytesEvent;
    const length = (event as { length?: number }).length ?? bytes.length;
    const rows = parts.map((part) => this.#part(bytes, part)).join("");
    const more = length > bytes.length + 9 ? `${" ".repeat(10)}… of ${octets(length)}\n` : "";
    return `${this.#title(event, bytes)}\n${rows}${more}\n`;
  }

  #title(event: InspectEvent, bytes: Uint8Array): string {
    const { bold, dim } = this.#style;
    const fields = event as unknown as Record<string, unknown>;
    const name = fields.name ?? fields.packetType ?? "";
    const number = fields.packetNumber == null ? "" : ` ${fields.packetNumber}`;
    const stream = fields.streamId == null ? "" : `, stream ${fields.streamId}`;
    const closed = fields.decrypted === false ? `, not opened: ${fields.reason}` : "";
    const place = `connection ${event.connection}, ${event.direction}${stream}, byte ${count(event.offset)}, ${octets(bytes.length)}${closed}`;
    return `${bold(`${event.event} ${printable(String(name))}${number}`.trim())}  ${dim(`${fields.protocol}, ${place}`)}`;
  }

  #part(bytes: Uint8Array, part: HexPart): string {
    const { dim } = this.#style;
    let text = "";
    const rows = Math.ceil(part.length / ROW);
    for (let row = 0; row < Math.min(rows, MAX_ROWS); row++) {
      const at = part.at + row * ROW;
      const octetsHere = Math.min(ROW, part.at + part.length - at);
      const hex = hexRow(bytes, at, octetsHere);
      const note = row > 0 ? dim(asciiRow(bytes, at, octetsHere)) : this.#name(part);
      text += `  ${dim(at.toString(16).padStart(6, "0"))}  ${hex.padEnd(ROW * 3 - 1)}  ${note}\n`;
    }
    if (rows > MAX_ROWS)
      text += `${" ".repeat(10)}… ${octets(part.length - MAX_ROWS * ROW)} more\n`;
    return text;
  }

  #name({ name, rfc }: HexPart): string {
    return rfc === "" ? name : `${name}  ${this.#style.dim(rfc)}`;
  }
}

function hexRow(bytes: Uint8Array, at: number, length: number): string {
  const octetsOfRow: string[] = [];
  for (let next = at; next < at + length; next++) {
    octetsOfRow.push((bytes[next] as number).toString(16).padStart(2, "0"));
  }
  return octetsOfRow.join(" ");
}

function asciiRow(bytes: Uint8Array, at: number, length: number): string {
  let text = "";
  for (let next = at; next < at + length; next++) {
    const octet = bytes[next] as number;
    text += octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : ".";
  }
  return text;
}
