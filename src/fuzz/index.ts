// What the sub-path tercet/fuzz gives: the attack corpus as data, every way to cut bytes, differential
// helpers, edits, and arbitraries for fast-check. fast-check is an optional peer: it is an argument of
// `h1Arbitraries`, and nothing here imports it.

export {
  type GeneratedRequest,
  type GeneratedResponse,
  type H1Arbitraries,
  h1Arbitraries,
} from "./arbitraries/index.js";
export {
  type Attack,
  type AttackBounds,
  type AttackExpectation,
  type AttackedConnection,
  type AttackOutcome,
  attackFault,
  attacks,
  type Connect,
  type Injection,
  injections,
  outcomeDifference,
  type RequestBefore,
  runAttack,
} from "./attacks/index.js";
export {
  byteByByte,
  type CutOptions,
  cutPositions,
  cuts,
  describeCut,
  random,
  randomPieces,
} from "./cuts.js";
export {
  compareCuts,
  compareReceivers,
  type FeedOptions,
  feed,
  firstDifference,
  type Receiver,
} from "./differential.js";
export { type Edit, edited, H1_TOKENS } from "./edits.js";
export { type RunFacts, violation } from "./invariants.js";
export { bytesOf, concat, textOf, visible } from "./latin1.js";
export {
  appendPlain,
  logLines,
  type PlainEvent,
  type PlainRequest,
  type PlainResponse,
  plain,
  plainRequest,
  plainResponse,
} from "./plain.js";
