// tshark's own dissection of a capture, as lists that ours can be compared with. Not a test.

import { execFileSync } from "node:child_process";

/** A packet of QUIC that tshark opened, or could not open. */
export interface DissectedPacket {
  /** Number of the captured packet in the file, from 1. */
  readonly number: number;
  readonly type: string;
  /** null: closed. */
  readonly packetNumber: number | null;
  readonly length: number;
  /** Its frames in a form of their own: the type, and of data the place, the length and the octets. */
  readonly frames: readonly string[];
}

/** A frame of HTTP/3 as tshark found it. */
export interface DissectedFrame {
  readonly type: string;
  readonly length: number;
}

export interface Dissection {
  readonly packets: readonly DissectedPacket[];
  readonly http3: readonly DissectedFrame[];
}

type Json = string | null | readonly Json[] | { readonly [name: string]: Json };

/** Long packet types as version 1 has them on the wire. */
const TYPES = ["Initial", "0-RTT", "Handshake", "Retry"];
/** Output of a capture of some megabytes. */
const OUTPUT_MAX = 512 * 1024 * 1024;

/** What tshark says of each packet, as JSON. */
export function dissect(capture: string, keys: string, ...args: string[]): Json[] {
  const options = ["-n", "-r", capture, "-o", `tls.keylog_file:${keys}`, ...args];
  const text = execFileSync("tshark", [...options, "-T", "json", "--no-duplicate-keys"], {
    encoding: "utf8",
    maxBuffer: OUTPUT_MAX,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(text) as Json[];
}

/** QUIC and HTTP/3 of a capture, with the server at this port. */
export function dissectQuic(capture: string, keys: string, port: number): Dissection {
  const packets: DissectedPacket[] = [];
  const http3: DissectedFrame[] = [];
  for (const [index, one] of dissect(capture, keys, "-d", `udp.port==${port},quic`).entries()) {
    const layers = member(member(one, "_source"), "layers");
    for (const quic of listOf(member(layers, "quic")))
      if (typeof quic === "object") packets.push(packetOf(index + 1, quic));
    findFrames(member(layers, "http3") ?? null, http3);
  }
  return { packets, http3 };
}

function packetOf(number: number, quic: Json): DissectedPacket {
  const short = member(quic, "quic.short");
  const long = member(quic, "quic.long.packet_type");
  const packetNumber = member(short ?? quic, "quic.packet_number");
  const frames = listOf(member(quic, "quic.frame"));
  return {
    number,
    type: short !== undefined ? "1-RTT" : (TYPES[Number(long)] ?? "other"),
    packetNumber: frames.length === 0 ? null : Number(packetNumber),
    length: Number(member(quic, "quic.packet_length")),
    frames: frames.map(frameOf),
  };
}

function frameOf(frame: Json): string {
  const number = (name: string) => Number(member(frame, `quic.${name}`) ?? 0);
  const octets = (name: string) => String(member(frame, `quic.${name}`) ?? "").replaceAll(":", "");
  const type = number("frame_type");
  if (type >= 0x08 && type <= 0x0f)
    return streamText({
      type,
      streamId: number("stream.stream_id"),
      offset: number("stream.offset"),
      data: octets("stream_data"),
    });
  if (type === 0x06) return `6 ${number("crypto.offset")} ${number("crypto.length")}`;
  if (type === 0x02 || type === 0x03)
    return `${type} ${number("ack.largest_acknowledged")} ${number("ack.first_ack_range")}`;
  return String(type);
}

/** A STREAM frame as text. */
export function streamText(frame: {
  readonly type: number;
  readonly streamId: number;
  readonly offset: number;
  readonly data: string;
}): string {
  const { type, streamId, offset, data } = frame;
  return `${type} ${streamId} ${offset} ${data}`;
}

/** Wherever they stand. */
function findFrames(json: Json, found: DissectedFrame[]): void {
  if (json === null || typeof json === "string") return;
  const type = member(json, "http3.frame_type");
  const length = member(json, "http3.frame_length");
  if (typeof type === "string" && typeof length === "string")
    found.push({ type: `0x${BigInt(type).toString(16)}`, length: Number(length) });
  for (const inner of Object.values(json)) findFrames(inner, found);
}

/** A member of an object; undefined elsewhere. */
export function member(json: Json | undefined, name: string): Json | undefined {
  if (json === null || typeof json !== "object" || Array.isArray(json)) return undefined;
  return (json as { readonly [name: string]: Json })[name];
}

/** One or many, as a list. */
export function listOf(json: Json | undefined): readonly Json[] {
  if (json === undefined) return [];
  return Array.isArray(json) ? json : [json as Json];
}

/** A head of HTTP/1.1: its start line, and its lines of fields. */
export interface DissectedHead {
  readonly port: number;
  readonly startLine: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A frame of HTTP/2. */
export interface DissectedH2Frame {
  readonly port: number;
  readonly type: number;
  readonly streamId: number;
  readonly length: number;
  /** null where it has no field block. */
  readonly headers: readonly (readonly [name: string, value: string])[] | null;
}

/** HTTP/1.1 and HTTP/2 of a capture, in the order in which they were captured; `port`: the sender's. */
export function dissectTcp(
  capture: string,
  keys: string,
  ...args: string[]
): { heads: DissectedHead[]; frames: DissectedH2Frame[] } {
  const heads: DissectedHead[] = [];
  const frames: DissectedH2Frame[] = [];
  for (const one of dissect(capture, keys, ...args)) {
    const layers = member(member(one, "_source"), "layers");
    const port = Number(member(member(layers, "tcp"), "tcp.srcport"));
    for (const http of listOf(member(layers, "http"))) {
      const head = headOf(http, port);
      if (head !== null) heads.push(head);
    }
    findH2Frames(member(layers, "http2") ?? null, port, frames);
  }
  return { heads, frames };
}

function headOf(http: Json, port: number): DissectedHead | null {
  if (http === null || typeof http !== "object" || Array.isArray(http)) return null;
  const first = Object.keys(http).find((name) => / HTTP\/1\.1|^HTTP\/1\.1 /.test(name));
  if (first === undefined) return null;
  const lines = member(http, "http.request.line") ?? member(http, "http.response.line");
  const headers = listOf(lines).map((line): [string, string] => {
    const [, name = "", value = ""] = /^([^:]*): (.*)\r\n$/.exec(String(line)) ?? [];
    return [name, value];
  });
  return { port, startLine: first.replace(/\\r\\n$/, ""), headers };
}

function findH2Frames(json: Json, port: number, found: DissectedH2Frame[]): void {
  if (json === null || typeof json === "string") return;
  const type = member(json, "http2.type");
  if (type === undefined) {
    for (const inner of Object.values(json)) findH2Frames(inner, port, found);
    return;
  }
  const fields = member(json, "http2.header");
  found.push({
    port,
    type: Number(type),
    streamId: Number(member(json, "http2.streamid")),
    length: Number(member(json, "http2.length")),
    headers: fields === undefined ? null : listOf(fields).map(fieldOf),
  });
}

function fieldOf(field: Json): readonly [string, string] {
  const text = (name: string) => String(member(field, `http2.header.${name}`) ?? "");
  return [text("name"), text("value")];
}
