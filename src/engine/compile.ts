// From base64 inside a JS module to a compiled module, synchronously: the one form that every runtime and
// bundler takes (a URL, a fetch or a top-level await fails in several).

/**
 * The module that `base64` holds.
 *
 * @throws Error where the platform refuses to compile: the message says what to allow.
 */
export function compileBase64(base64: string): WebAssembly.Module {
  try {
    return new WebAssembly.Module(fromBase64(base64));
  } catch (cause) {
    // A page's Content-Security-Policy is the usual reason, and browsers name it only in the console.
    throw new Error(
      "tercet: this platform refused to compile WebAssembly. On a page with a Content-Security-Policy, " +
        "add 'wasm-unsafe-eval' to script-src.",
      { cause },
    );
  }
}

type FromBase64 = (text: string) => Uint8Array<ArrayBuffer>;

/** The quickest decoder that the platform has: a method of Uint8Array, Node's Buffer, or atob. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as unknown as { fromBase64?: FromBase64 }).fromBase64;
  if (native !== undefined) return native.call(Uint8Array, text);

  const buffer = (
    globalThis as { Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> } }
  ).Buffer;
  if (buffer !== undefined) return buffer.from(text, "base64");

  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
