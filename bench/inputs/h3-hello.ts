// The smallest things that a client sends on an HTTP/3 connection, for what is measured in fresh processes.

/** Control stream: its type, and SETTINGS with a table of 4,096 bytes and 16 blocked streams. QPACK streams: their types. */
export const OPENING: readonly (readonly [streamId: number, bytes: Buffer])[] = [
  [2, Buffer.from("00040501500007" + "10", "hex")],
  [6, Buffer.from("02", "hex")],
  [10, Buffer.from("03", "hex")],
];

/** Encoder stream: a capacity of 4,096, then :authority example.org inserted. */
export const INSERTION = Buffer.from("3fe11fc00b6578616d706c652e6f7267", "hex");

/** Required Insert Count and Base 1; :method GET, :scheme https, :path /, and :authority from the dynamic table. */
export const SECTION = Buffer.from("0200d1d7c180", "hex");

/** A frame with a payload of up to 16,383 octets. */
export function h3Frame(type: number, payload: Uint8Array): Buffer {
  const header = [type, 0x40 | (payload.length >> 8), payload.length & 255];
  return Buffer.concat([Uint8Array.from(header), payload]);
}
