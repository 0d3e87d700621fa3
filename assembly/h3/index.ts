// What the host calls. No imports, no allocation after `init`, no trap on any input: the module holds the dynamic tables
// of many connections, and the host hands it one piece of one connection a call.
//
//   instructions(block, from, length)   encoder stream: [from, length) of the window to insertions
//   section(block, at, length)          one whole field section to records
//
// Frames of HTTP/3 are the host's: two integers and opaque bytes, each stream with its own position.

import { initAscii } from "../common/ascii";
import { initQpack } from "../qpack/decoder";

// For test/qpack/kernels.test.ts.
export { wideInt as kernelWideInt, wideValue as kernelWideValue } from "../common/prefix-int";
export { section } from "../qpack/decoder";
export { instructions } from "../qpack/instructions";

/** Tables. The host has written the code lengths and the static table at FIELD_NAMES: `length` octets of text. */
export function init(length: u32): void {
  initAscii();
  initQpack(length);
}
