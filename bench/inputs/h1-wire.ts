// Lists of fields as one HTTP/1.1 connection carries them: what a client sends for the same messages.

import type { FieldLists } from "./field-lists.js";

/** The octets of each message. */
export function h1Messages({ lists, bodies }: FieldLists): Uint8Array[] {
  return lists.map((fields, i) =>
    Buffer.concat([Buffer.from(headOf(fields), "latin1"), bodies[i] as Uint8Array]),
  );
}

/** Fields of a message as HTTP/1.1 has them: with host and connection, and with one cookie field. */
export function h1FieldCount(fields: readonly string[]): number {
  return headOf(fields).split("\r\n").length - 3;
}

function headOf(fields: readonly string[]): string {
  const pseudo = new Map<string, string>();
  const regular: string[] = [];
  const crumbs: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i] as string, fields[i + 1] as string];
    if (name.startsWith(":")) pseudo.set(name, value);
    else if (name === "cookie") crumbs.push(value);
    else regular.push(`${name}: ${value}`);
  }
  const lines = [
    `${pseudo.get(":method")} ${pseudo.get(":path")} HTTP/1.1`,
    `host: ${pseudo.get(":authority")}`,
    "connection: keep-alive",
    ...regular,
    ...(crumbs.length > 0 ? [`cookie: ${crumbs.join("; ")}`] : []),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
