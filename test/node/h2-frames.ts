// The few frames that raw clients of the adapter tests send and look for, as bytes.

/** What a client begins with: preface and empty SETTINGS. */
export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
export const SETTINGS = "\0\0\0\x04\0\0\0\0\0";

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const PING = 6;
export const GOAWAY = 7;

/** :method GET, :scheme http, :path / by the static table; :authority a. */
export const GET_BLOCK: Buffer = Buffer.from("828684410161", "hex");
/** The same with POST. */
export const POST_BLOCK: Buffer = Buffer.from("838684410161", "hex");

export interface Frame {
  type: number;
  flags: number;
  streamId: number;
  payload: Buffer;
}

/** One frame. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

/** All whole frames of what a server sent. */
export function frames(bytes: Buffer): Frame[] {
  const found: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    const payload = bytes.subarray(at + 9, end);
    const [type = 0, flags = 0] = [bytes[at + 3], bytes[at + 4]];
    found.push({ type, flags, streamId: bytes.readUInt32BE(at + 5), payload });
    at = end;
  }
  return found;
}
