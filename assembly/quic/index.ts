// What the host calls. No imports, no allocation, no trap on any input.
//
//   frames(at, length)   the payload of one packet to records of the tape

export { frames } from "./frame";
