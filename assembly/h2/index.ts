// What the host calls. No imports, no allocation after `init`, no trap on any input: the module holds state of
// many connections, and the host hands it one piece of one connection a call.
//
//   exec(block, from, length)   preface and frames: [from, length) of the window to records, field blocks decoded
//   decode(block, at, length)   HPACK: one whole field block

import {
  H2_SCRATCH,
  H2_TAPE,
  H2_WINDOW,
  H2ConfigFlag,
  H2Phase,
  H2Status,
} from "../../src/abi/h2-memory";
import { initAscii } from "../common/ascii";
import { initHpack } from "../hpack/decoder";
import { frame, isTurn } from "./frame";
import { preface } from "./preface";
import { Connection, HEADER_LENGTH, hasFlag } from "./state";

// The kernels and their scalar twins, for test/hpack/kernels.test.ts.
export {
  decodeHuffman as kernelDecodeHuffman,
  decodeHuffmanScalar,
} from "../common/huffman";
export {
  copyName as kernelCopyName,
  copyNameScalar,
  copyValue as kernelCopyValue,
  copyValueScalar,
} from "../hpack/copy";
export { decode } from "../hpack/decoder";

/** Tables. The host has written the code lengths and the static table at H2_NAMES: `length` octets of text. */
export function init(length: u32): void {
  initAscii();
  initHpack(length);
}

/**
 * Reads [from, length) of the window. Returns the words of tape written; `block.consumed` says where it
 * stopped: at the end, at the beginning of a frame of which `block.needed` octets must be here, or behind the
 * preface or a frame after which it is the host's turn.
 */
export function exec(address: u32, from: u32, length: u32): u32 {
  const connection = changetype<Connection>(address);
  connection.status = H2Status.Done;
  connection.textAt = H2_SCRATCH;
  connection.out = H2_TAPE;
  connection.needed = HEADER_LENGTH;
  const end: u32 = H2_WINDOW + length;
  let at: u32 = H2_WINDOW + from;
  if (connection.phase == H2Phase.Preface) at = preface(connection, at, end);
  else at = frames(connection, at, end);
  if (!ASC_NO_ASSERT) assert(at <= end); // only in the debug build
  connection.consumed = at - H2_WINDOW;
  return (connection.out - H2_TAPE) >> 2;
}

/** Frame by frame, until the input or the host's patience ends. Returns where it stopped. */
function frames(connection: Connection, at: u32, end: u32): u32 {
  const framesOnly = hasFlag(connection, H2ConfigFlag.FramesOnly);
  while (connection.phase == H2Phase.Frame && end - at >= HEADER_LENGTH) {
    const start = at;
    at = frame(connection, at, end);
    if (at == start || (!framesOnly && isTurn(start))) break;
  }
  return at;
}
