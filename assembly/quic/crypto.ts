// Protection as the host calls it; src/engine/quic-crypto.ts says what each needs and gives.

export { aesBlocks, aesExpand } from "./aes";
export {
  batchCounters,
  batchHeaders,
  batchOpenCcm,
  batchOpenChacha,
  batchOpenGcm,
  batchSamples,
} from "./batch";
export { ccmOpen, ccmSeal } from "./ccm";
export { chachaOpen, chachaSeal } from "./chacha-poly";
export { chachaMasks } from "./chacha20";
export { gcmOpen, gcmSeal } from "./gcm";
export { kernelPoly } from "./poly1305";
export { hashBegin, hashBlocks, hashEnd, hmac } from "./sha2";
