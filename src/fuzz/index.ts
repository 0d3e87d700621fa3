// What the sub-path tercet/fuzz gives: the attack corpus as data, every way to cut bytes, differential
// helpers, edits, and arbitraries for fast-check. fast-check is an optional peer: it is an argument of
// `h1Arbitraries` and `h2Arbitraries`, and nothing here imports it.

export { type H2Arbitraries, h2Arbitraries } from "./arbitraries/h2.js";
export type { GeneratedDialogue, GeneratedH2Request } from "./arbitraries/h2-dialogue.js";

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
export { h2Attacks } from "./h2/attacks/index.js";
export { dialogueFault } from "./h2/dialogue-fault.js";
export * as h2Block from "./h2/field-block.js";
export {
  compareFrameCuts,
  type FrameParserEvent,
  type FrameReceiver,
  feedFrames,
  frameDifference,
  type PlainFrame,
  plainFrames,
} from "./h2/frame-events.js";
export * as h2Frames from "./h2/frames.js";
export { type H2Growth, h2Growths } from "./h2/growth.js";
export { type H2Injection, h2Injections } from "./h2/injections.js";
export { h2Violation } from "./h2/invariants.js";
export { frameLines, h2LogLines } from "./h2/log.js";
export {
  type H2Application,
  type H2Attack,
  type H2AttackBounds,
  type H2AttackExpectation,
  type H2AttackSettings,
  type H2RequestBefore,
  type H2Step,
  helloOf,
  isLongAttack,
  receivedLength,
} from "./h2/row.js";
export {
  type AttackedH2Connection,
  type ConnectH2,
  type H2AttackOutcome,
  h2AttackFault,
  h2OutcomeDifference,
  runH2Attack,
} from "./h2/run.js";
export { H2_TOKENS } from "./h2/tokens.js";
export { type RunFacts, violation } from "./invariants.js";
export { bytesOf, concat, textOf, visible } from "./latin1.js";
export {
  appendPlain,
  logLines,
  type PlainError,
  type PlainEvent,
  type PlainH2Event,
  type PlainRequest,
  type PlainResponse,
  plain,
  plainRequest,
  plainResponse,
} from "./plain.js";
