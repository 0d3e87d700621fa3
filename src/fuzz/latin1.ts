// Text and bytes of HTTP/1.1 as the fuzzing helpers write them: latin1, one character per octet, so
// that any octet can stand in a table row (RFC 9112 section 2.2: messages are octets).

/**
 * Latin1 text as bytes.
 * @throws RangeError for a character above U+00FF.
 */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) throw new RangeError(`character ${code} at ${at} is not latin1`);
    bytes[at] = code;
  }
  return bytes;
}

/** Bytes as latin1 text. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  // In slices: a spread of a large array would overflow the stack.
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

/** Bytes one after the other. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

const NAMED: Readonly<Record<string, string>> = {
  "\r": "\\r",
  "\n": "\\n",
  "\t": "\\t",
  "\\": "\\\\",
};

/** Text with every octet outside printable ASCII made visible, as `\r` or `\x00`. */
export function visible(text: string): string {
  return text.replace(
    /[^ -[\]-~]/g,
    (char) => NAMED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
