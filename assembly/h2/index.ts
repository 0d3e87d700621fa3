// What the host calls. No imports, no allocation after `init`, no trap on any input: the module holds state of
// many connections, and the host hands it one piece of one connection a call.
//
//   exec(block, from, length)   preface and frames: [from, length) of the window to records, field blocks decoded
//   decode(block, at, length)   HPACK: one whole field block

import { FIELD_SCRATCH, FIELD_TAPE, FIELD_WINDOW, FieldStatus } from "../../src/abi/field-memory";
import { H2ConfigFlag, H2Phase } from "../../src/abi/h2-memory";
import { initAscii } from "../common/ascii";
import { initHpack } from "../hpack/decoder";
import { frame, isTurn } from "./frame";
import { preface } from "./preface";
import { Connection, HEADER_LENGTH, hasFlag } from "./state";

export {
  copyName as kernelCopyName,
  copyNameScalar,
  copyValue as kernelCopyValue,
  copyValueScalar,
} from "../common/field-copy";
// The kernels and their scalar twins, for test/hpack/kernels.test.ts.
export {
  decodeHuffman as kernelDecodeHuffman,
  decodeHuffmanScalar,
} from "../common/huffman";
export { decode } from "../hpack/decoder";

/** Tables. The host has written the code lengths and the static table at FIELD_NAMES: `length` octets of text. */
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
  connection.status = FieldStatus.Done;
  connection.textAt = FIELD_SCRATCH;
  connection.out = FIELD_TAPE;
  connection.needed = HEADER_LENGTH;
  const end: u32 = FIELD_WINDOW + length;
  let at: u32 = FIELD_WINDOW + from;
  if (connection.phase == H2Phase.Preface) at = preface(connection, at, end);
  else at = frames(connection, at, end);
  if (!ASC_NO_ASSERT) assert(at <= end); // only in the debug build
  connection.consumed = at - FIELD_WINDOW;
  return (connection.out - FIELD_TAPE) >> 2;
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
