// The extensions of a handshake message (RFC 8446 section 4.2), and the fields of those that an observer needs.
// Rules: TLS-HS-4.

import { invalid, TlsCursor, type TlsFault } from "./tls-cursor.js";
import { TlsExtensionType } from "./tls-registry.js";

/** One extension, as it came. */
export interface TlsExtension {
  /** TlsExtensionType, or a number without a name here. */
  readonly type: number;
  /** A view of the message. */
  readonly bytes: Uint8Array;
  /** Octets of the body before `bytes`. */
  readonly offset: number;
}

/** Reads the extensions to the end of a body; older hellos may have none. Keeps those before a fault. */
export function readExtensions(cursor: TlsCursor): TlsExtension[] {
  const list: TlsExtension[] = [];
  if (cursor.isAtEnd) return list;
  const from = cursor.at;
  const length = cursor.number(2);
  // A cut body still gives the extensions that are whole.
  const end = Math.min(cursor.at + length, cursor.end);
  const isCut = cursor.end - cursor.at < length;
  const part = new TlsCursor(cursor.bytes, cursor.at, end);
  const seen = new Set<number>();
  while (!part.isAtEnd) {
    const at = part.at;
    const type = part.number(2);
    const bytes = part.vector(2);
    if (part.fault !== null) break;
    if (seen.has(type)) cursor.fault ??= { code: "TLS_EXTENSION_REPEATED", offset: at };
    seen.add(type);
    list.push({ type, bytes, offset: at + 4 });
  }
  if (isCut) cursor.fault ??= part.fault ?? { code: "TLS_HANDSHAKE_TRUNCATED", offset: from };
  else cursor.fault ??= part.fault;
  cursor.at = end;
  return list;
}

/** Looks up extensions and reads their fields; the first fault of any of them is kept. */
export class ExtensionFields {
  readonly #list: readonly TlsExtension[];
  readonly #body: Uint8Array;
  fault: TlsFault | null = null;

  constructor(body: Uint8Array, list: readonly TlsExtension[]) {
    this.#body = body;
    this.#list = list;
  }

  /** The octets of an extension; null where it is not there. The first one of two counts. */
  bytes(type: number): Uint8Array | null {
    return this.#list.find((extension) => extension.type === type)?.bytes ?? null;
  }

  has(type: number): boolean {
    return this.bytes(type) !== null;
  }

  /** Reads an extension with `read`, to its end; `otherwise` where it is not there. */
  read<Value>(type: number, otherwise: Value, read: (cursor: TlsCursor) => Value): Value {
    const extension = this.#list.find((each) => each.type === type);
    if (extension === undefined) return otherwise;
    const { offset, bytes } = extension;
    const cursor = new TlsCursor(this.#body, offset, offset + bytes.length);
    const value = read(cursor);
    cursor.finish();
    this.fault ??= cursor.fault;
    return value;
  }

  /** Transport parameters of QUIC: the code point of RFC 9001 section 8.2, or that of the drafts. */
  get transportParameters(): Uint8Array | null {
    return (
      this.bytes(TlsExtensionType.QuicTransportParameters) ??
      this.bytes(TlsExtensionType.QuicTransportParametersDraft)
    );
  }

  /** Protocol names (RFC 7301 section 3.1), one octet of each a character. */
  get alpn(): string[] {
    return this.read(TlsExtensionType.Alpn, [], readProtocols);
  }
}

function readProtocols(cursor: TlsCursor): string[] {
  const names: string[] = [];
  const list = cursor.part(2);
  while (!list.isAtEnd) {
    const { at } = list;
    const name = list.vector(1);
    if (list.fault === null && name.length === 0) list.fault = invalid(at);
    if (list.fault !== null) break;
    names.push(latin1(name));
  }
  cursor.fault ??= list.fault;
  return names;
}

/** The first host name of a server_name extension (RFC 6066 section 3); null where it has none. */
export function readServerName(cursor: TlsCursor): string | null {
  // A server answers with an empty one.
  if (cursor.isAtEnd) return null;
  const list = cursor.part(2);
  let name: string | null = null;
  while (!list.isAtEnd) {
    const type = list.number(1);
    const bytes = list.vector(2);
    if (list.fault === null && type === 0) name ??= latin1(bytes);
  }
  cursor.fault ??= list.fault;
  return name;
}

/** Groups of the key shares that a client offers. */
export function readKeyShareGroups(cursor: TlsCursor): number[] {
  const groups: number[] = [];
  const list = cursor.part(2);
  while (!list.isAtEnd) {
    const group = list.number(2);
    list.vector(2);
    if (list.fault === null) groups.push(group);
  }
  cursor.fault ??= list.fault;
  return groups;
}

/** One octet a character; in pieces, since an argument list has its bounds. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}
