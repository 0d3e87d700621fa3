// What the host calls. No imports, no allocation, no trap on any input.
// Packets are protected and opened here. Their frames are read in the codec: what an engine reads must be copied to it first,
// which costs more than the reading (src/codec/quic-frame-reader.ts).

export {
  aesBlocks,
  aesExpand,
  batchCounters,
  batchHeaders,
  batchOpenCcm,
  batchOpenChacha,
  batchOpenGcm,
  batchSamples,
  ccmOpen,
  ccmSeal,
  chachaMasks,
  chachaOpen,
  chachaSeal,
  gcmOpen,
  gcmSeal,
  hashBegin,
  hashBlocks,
  hashEnd,
  hmac,
  kernelPoly,
} from "./crypto";
