// The numbers of HTTP/2 and their names (RFC 9113 sections 6, 6.5.2 and 7; RFC 7838, RFC 8336, RFC 8441,
// RFC 9218): what tests write is the table of tercet/fuzz; what they print stands here.

import { WIRE as CODE, FLAG, SETTING, TYPE } from "../../src/fuzz/h2/registry.js";

export { CODE, SETTING, TYPE };

export type TypeName = keyof typeof TYPE;
export type CodeName = keyof typeof CODE;
export type SettingName = keyof typeof SETTING;

export const END_STREAM = FLAG.endStream;
export const ACK = FLAG.ack;
export const END_HEADERS = FLAG.endHeaders;
export const PADDED = FLAG.padded;
export const PRIORITY_FLAG = FLAG.priority;

const named = (table: Record<string, number>) => {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name]));
  return (value: number) => names.get(value) ?? `0x${value.toString(16)}`;
};

/** The name of a frame type, or its number in hex. */
export const typeName = named(TYPE);
/** The name of an error code, or its number in hex. */
export const codeName = named(CODE);
/** The name of a setting, or its number in hex. */
export const settingName = named(SETTING);
