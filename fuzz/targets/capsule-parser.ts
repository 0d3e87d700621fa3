// CapsuleParser: any bytes, uncut and cut, its capsules against a plain reader of two varints and a length.

import {
  feedFrames,
  frameDifference,
  H3_TOKENS,
  h3Arbitraries,
  h3Frames,
  type PlainFrame,
} from "tercet/fuzz";
import { CapsuleParser } from "tercet/h3";
import { archived } from "../files.js";
import { fault, seedOf, somePieces, type Target } from "./target.js";

/** The target. */
export const capsuleParser: Target = {
  name: "capsule-parser",
  about: "CapsuleParser.receive: cuts, and capsules against a plain reader",
  corpus: "capsules",
  tokens: H3_TOKENS,
  seeds: () => archived(["neqo-dev.tar.gz"], "wtframe"),
  arbitrary: (fc) => h3Arbitraries(fc).capsules,
  check(input) {
    const seed = seedOf(input);
    const options = { maxLength: seed % 3 === 0 ? 16 : 65_536, draft: 7 + (seed % 10) };
    const make = () => new CapsuleParser(options);
    const whole = feedFrames(make(), [input], true);
    fault(frameDifference(whole, feedFrames(make(), somePieces(input), true)));
    sameCapsules(whole, input, options.maxLength);
    return whole
      .map((one) => (one.type === "error" ? one.code : `${one.name}${one.value === null}`))
      .slice(-8)
      .join(" ");
  },
};

function sameCapsules(parsed: readonly PlainFrame[], input: Uint8Array, maxLength: number): void {
  const { frames } = h3Frames.readFrames(input);
  for (const [at, capsule] of parsed.entries()) {
    if (capsule.type === "error") return;
    const wanted = frames[at];
    if (wanted === undefined) {
      if (capsule.value !== null) fault(`${capsule.name} at ${capsule.offset} is not complete`);
      continue;
    }
    if (BigInt(capsule.capsuleType as number) !== wanted.type) fault(`type ${capsule.capsuleType}`);
    if (capsule.length !== wanted.payload.length) fault(`length ${capsule.length}`);
    if (capsule.offset !== wanted.offset) fault(`offset ${capsule.offset}`);
    if (capsule.value === null && wanted.payload.length <= maxLength) fault("a value is missing");
  }
  if (parsed.length < frames.length) fault("a whole capsule is missing");
}
