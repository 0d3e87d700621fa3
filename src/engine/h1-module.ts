// The HTTP/1.1 engine as a compiled module: base64 inside a JS module, compiled synchronously, because
// that is the one form that every runtime and bundler takes (a URL, a fetch or a top-level await fails
// in several). The twin for workerd is h1-module.workerd.ts; package.json chooses at #h1-wasm.
import { H1_WASM_BASE64 } from "./h1-wasm.js";

let compiled: WebAssembly.Module | undefined;

/**
 * The compiled HTTP/1.1 engine, compiled at the first call and shared by every instance.
 *
 * @throws Error where the platform refuses to compile: the message says what to allow.
 */
export function h1Module(): WebAssembly.Module {
  compiled ??= compile(fromBase64(H1_WASM_BASE64));
  return compiled;
}

function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
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
