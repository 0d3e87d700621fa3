// What the host calls. No imports, no allocation, no trap on any input.
//
//   frames(at, length)   the payload of one packet to records of the tape

export {
  aesBlocks,
  aesExpand,
  ccmOpen,
  ccmSeal,
  chachaMasks,
  chachaOpen,
  chachaSeal,
  gcmOpen,
  gcmSeal,
  sha256,
  sha512,
} from "./crypto";
export { frames } from "./frame";
