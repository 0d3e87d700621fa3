// H3FrameParser: any bytes, uncut and cut, its frames against a plain reader of two varints and a length.

import {
  feedFrames,
  frameDifference,
  H3_TOKENS,
  h3Arbitraries,
  h3Frames,
  type PlainFrame,
} from "tercet/fuzz";
import { H3FrameParser } from "tercet/h3";
import { archived } from "../files.js";
import { fault, seedOf, somePieces, type Target } from "./target.js";

const KINDS = ["request", "control", "push"] as const;
const ROLES = [{}, { role: "server" }, { role: "client" }] as const;

/** The target. */
export const h3FrameParser: Target = {
  name: "h3-frame-parser",
  about: "H3FrameParser.receive: cuts, and frames against a plain reader",
  corpus: "h3-frames",
  tokens: H3_TOKENS,
  seeds: () => [
    ...archived(["h2o-http3-dev.tar.gz"]),
    ...archived(["neqo-dev.tar.gz"], "hframe"),
    ...archived(["neqo-dev.tar.gz"], "wtframe"),
  ],
  arbitrary: (fc) => {
    const { frame, anyFrame } = h3Arbitraries(fc);
    const one = fc.oneof(
      { weight: 8, arbitrary: frame },
      { weight: 3, arbitrary: fc.constantFrom(...H3_TOKENS) },
      { weight: 1, arbitrary: anyFrame },
    );
    return fc
      .array(one, { minLength: 1, maxLength: 8 })
      .map((list) => Uint8Array.from(list.flatMap((part) => [...part])));
  },
  check(input) {
    const seed = seedOf(input);
    const kind = KINDS[seed % 3] ?? "request";
    const long = seed % 5 === 0 ? { maxFrameSize: 64 } : {};
    const options = { kind, ...long, ...ROLES[(seed >> 4) % 3] };
    const make = () => new H3FrameParser(options);
    const whole = feedFrames(make(), [input], true);
    fault(frameDifference(whole, feedFrames(make(), somePieces(input), true)));
    sameFrames(whole, input);
    return whole
      .map((frame) => (frame.type === "error" ? frame.code : frame.name))
      .slice(-8)
      .join(" ");
  },
};

/** Each frame begins where the last one ended, with the type and length of its header. */
function sameFrames(parsed: readonly PlainFrame[], input: Uint8Array): void {
  const { frames } = h3Frames.readFrames(input);
  let at = 0;
  for (const frame of parsed) {
    if (frame.type === "error" || frame.name === "WT_STREAM") return;
    const wanted = frames[at++];
    if (wanted === undefined) {
      const isPassedOver = frame.name === "UNKNOWN" && frame.payload === null;
      if (frame.name !== "DATA" && !isPassedOver)
        fault(`${frame.name} at ${frame.offset} is not complete`);
      continue;
    }
    if (BigInt(frame.type as number) !== wanted.type) fault(`type ${frame.type}`);
    if (frame.length !== wanted.payload.length) fault(`length ${frame.length}`);
    if (frame.offset !== wanted.offset) fault(`offset ${frame.offset}`);
  }
  if (parsed.at(-1)?.type !== "error" && at < frames.length) fault("a whole frame is missing");
}
