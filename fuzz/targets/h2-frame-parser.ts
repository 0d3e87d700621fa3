// H2FrameParser: any bytes, uncut and cut, its frames against a reader of nine octets and a length.

import {
  feedFrames,
  frameDifference,
  H2_TOKENS,
  h2Arbitraries,
  h2Frames,
  type PlainFrame,
} from "tercet/fuzz";
import { H2FrameParser } from "tercet/h2";
import { h2Seeds } from "./h2-target.js";
import { fault, seedOf, somePieces, type Target } from "./target.js";

/** The target. */
export const h2FrameParser: Target = {
  name: "h2-frame-parser",
  about: "H2FrameParser.receive: cuts, and headers of frames against a plain reader",
  corpus: "h2-requests",
  tokens: H2_TOKENS,
  seeds: h2Seeds,
  arbitrary: (fc) => {
    const h2 = h2Arbitraries(fc);
    return fc.oneof(h2.broken("server"), h2.broken("client"));
  },
  check(input) {
    const preface = seedOf(input) % 2 === 0;
    const make = () => new H2FrameParser({ preface });
    const whole = feedFrames(make(), [input]);
    fault(frameDifference(whole, feedFrames(make(), somePieces(input))));
    sameHeaders(whole, input, preface);
    return whole
      .map((frame) => (frame.type === "error" ? frame.code : `${frame.name}${frame.flags}`))
      .slice(-8)
      .join(" ");
  },
};

/** Each frame begins where the last one ended, with the type, flags and stream of its header. */
function sameHeaders(parsed: readonly PlainFrame[], input: Uint8Array, preface: boolean): void {
  const start = preface ? h2Frames.PREFACE.length : 0;
  const { frames } = h2Frames.readFrames(input.subarray(start));
  let at = 0;
  for (const frame of parsed) {
    if (frame.type === "error") return;
    const wanted = frames[at++];
    if (wanted === undefined) {
      if (frame.name !== "DATA") fault(`${frame.name} at ${frame.offset} is not complete`);
      continue;
    }
    for (const name of ["type", "flags", "streamId"] as const) {
      if (frame[name] !== wanted[name]) fault(`${name} ${frame[name]}, expected ${wanted[name]}`);
    }
    if (frame.length !== wanted.payload.length) fault(`length ${frame.length}`);
    if (frame.offset !== wanted.offset + start) fault(`offset ${frame.offset}`);
  }
  if (parsed.at(-1)?.type !== "error" && at < frames.length) fault("a whole frame is missing");
}
