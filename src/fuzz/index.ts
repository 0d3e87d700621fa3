// What the sub-path tercet/fuzz gives: the attack corpus as data, every way to cut bytes, differential
// helpers, edits, and arbitraries for fast-check. fast-check is an optional peer: it is an argument of
// `h1Arbitraries` and its like, and nothing here imports it. What protects packets of QUIC is an argument, too.

export { type H2Arbitraries, h2Arbitraries } from "./arbitraries/h2.js";
export type { GeneratedDialogue, GeneratedH2Request } from "./arbitraries/h2-dialogue.js";
export { type H3Arbitraries, h3Arbitraries } from "./arbitraries/h3.js";
export type { GeneratedH3Answers, GeneratedH3Dialogue } from "./arbitraries/h3-dialogue.js";

export {
  type GeneratedRequest,
  type GeneratedResponse,
  type H1Arbitraries,
  h1Arbitraries,
} from "./arbitraries/index.js";
export { type InspectArbitraries, inspectArbitraries } from "./arbitraries/inspect.js";
export { CAPACITIES, type GeneratedQpack, type QpackStep } from "./arbitraries/qpack.js";
export { type QuicArbitraries, quicArbitraries } from "./arbitraries/quic.js";
export type { GeneratedWtSession, GeneratedWtStream } from "./arbitraries/webtransport.js";
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
  answersFault,
  dialogueFault,
  type SaidRequest,
  type SaidResponse,
} from "./dialogue-fault.js";
export {
  compareCuts,
  compareReceivers,
  type FeedOptions,
  feed,
  firstDifference,
  type Receiver,
} from "./differential.js";
export { type Edit, edited, H1_TOKENS } from "./edits.js";
export {
  compareFrameCuts,
  type FrameParserEvent,
  type FrameReceiver,
  feedFrames,
  frameDifference,
  type PlainFrame,
  plainFrames,
} from "./frame-events.js";
export { h2Attacks } from "./h2/attacks/index.js";
export * as h2Block from "./h2/field-block.js";
export * as h2Frames from "./h2/frames.js";
export { type H2Growth, h2Growths } from "./h2/growth.js";
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
export { H3_ATTACK_CLASSES, h3Attacks } from "./h3/attacks/index.js";
export * as h3Fields from "./h3/fields.js";
export * as h3Frames from "./h3/frames.js";
export { type H3Growth, h3Growths } from "./h3/growth.js";
export { type H3RunFacts, h3Violation } from "./h3/invariants.js";
export {
  type H3Attack,
  type H3AttackBounds,
  type H3AttackExpectation,
  type H3AttackSettings,
  type H3RequestBefore,
  type H3RowConnection,
  type H3Step,
  h3ReceivedLength,
  isLongH3Attack,
  type PeerStreams,
  peerHello,
  peerStreams,
} from "./h3/row.js";
export {
  type AttackedH3Connection,
  type ConnectH3,
  type H3AttackOutcome,
  h3AttackFault,
  h3LogLines,
  h3OutcomeDifference,
  runH3Attack,
} from "./h3/run.js";
export { type H3Entry, H3Sent } from "./h3/sent.js";
export { type SessionRules, sessionBytes, sessionOf } from "./h3/session.js";
export {
  arrivalCuts,
  arrive,
  byStream,
  compareArrivalCuts,
  compareInterleavings,
  cutArrivals,
  feedArrivals,
  type H3Arrival,
  type H3Receiver,
  interleavings,
} from "./h3/steps.js";
export { H3_SESSION_TOKENS, H3_TOKENS } from "./h3/tokens.js";
export { HOSTILE_TEXT } from "./inspect/attacks/contents.js";
export { INSPECT_ATTACK_CLASSES, inspectAttacks } from "./inspect/attacks/index.js";
export * as captures from "./inspect/captures.js";
export { keyLine, keyLogOf } from "./inspect/key-log.js";
export * as network from "./inspect/network.js";
export type { InspectAttack, InspectSubject } from "./inspect/row.js";
export {
  type InspectAttackOutcome,
  type InspectSubjects,
  inspectAttackFault,
  inspectLines,
  runInspectAttack,
} from "./inspect/run.js";
export { type SealRecord, TLS_RECORD, TlsPeers } from "./inspect/tls-records.js";
export { CAPTURE_TOKENS, KEY_LOG_TOKENS, TLS_TOKENS } from "./inspect/tokens.js";
export { type RunFacts, violation } from "./invariants.js";
export { bytesOf, concat, textOf, visible } from "./latin1.js";
export {
  type H2Injection,
  type H3Injection,
  h2Injections,
  h3Injections,
  type MessageInjection,
} from "./message-injections.js";
export { hexOf, uint } from "./octets.js";
export {
  appendPlain,
  logLines,
  type PlainError,
  type PlainEvent,
  type PlainH2Event,
  type PlainH3Event,
  type PlainRequest,
  type PlainResponse,
  plain,
  plainRequest,
  plainResponse,
} from "./plain.js";
export { QUIC_ATTACK_CLASSES, quicAttacks } from "./quic/attacks/index.js";
export * as quicFrames from "./quic/frames.js";
export * as quicPackets from "./quic/packets.js";
export * as quicParameters from "./quic/parameters.js";
export {
  type QuicDatagram,
  type QuicPacketFields,
  QuicPeers,
  type QuicPeersOptions,
  type QuicSide,
} from "./quic/peers.js";
export type {
  QuicAttack,
  QuicAttackBounds,
  QuicAttackExpectation,
  QuicAttackInput,
  QuicPiece,
} from "./quic/row.js";
export {
  observationLines,
  type QuicAttackOutcome,
  type QuicObserved,
  type QuicSubjects,
  quicAttackFault,
  runQuicAttack,
} from "./quic/run.js";
export { type QuicScriptStep, scriptBytes, scriptDatagrams, scriptOf } from "./quic/script.js";
export {
  QUIC_PACKET_TOKENS,
  QUIC_PARAMETER_TOKENS,
  QUIC_SCRIPT_TOKENS,
  QUIC_TOKENS,
} from "./quic/tokens.js";
export type { PacketToProtect, QuicKeys, QuicTools } from "./quic/tools.js";
export * as tlsMessages from "./tls.js";
export { readVarint, VARINT_EDGES, VARINT_MAX, varint } from "./varint.js";
