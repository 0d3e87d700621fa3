// How much content a message of HTTP/2 must have, and whether it has (RFC 9113 sections 8.1.1, 8.5; RFC 9110 section 6.4.1).

import type { Direction } from "./events.js";
import type { AuditHalf, AuditStream } from "./h2-audit-streams.js";
import type { BlockField } from "./hpack-reader.js";

/**
 * Notes what a final head says of the content behind it, and of the answer to it. `isUnknown`: nobody knows which requests
 * there were.
 */
export function noteHead(
  stream: AuditStream,
  direction: Direction,
  fields: readonly BlockField[],
  isUnknown: boolean,
): void {
  const half = stream.half(direction);
  half.hasHead = true;
  const value = (name: string) => fields.find((field) => field.name === name)?.value ?? "";
  const length = value("content-length");
  const expected = /^\d{1,15}$/.test(length) ? Number(length) : -1;
  if (direction === "client") {
    stream.isHead = value(":method") === "HEAD";
    stream.isConnect = value(":method") === "CONNECT";
    if (!stream.isConnect) half.expected = expected;
    return;
  }
  const status = value(":status");
  // Nobody knows whether an answer without content is one to HEAD.
  const isGuess = isUnknown && stream.opener === "client" && !stream.client.hasHead;
  if (stream.isConnect && status.startsWith("2")) half.isTunnel = true;
  else if (stream.isHead || status === "204" || status === "304") half.hasNoContent = true;
  else if (!isGuess) half.expected = expected;
}

/** Whether the content is not what was said, told once. */
export function contentDiffers(half: AuditHalf, isEnd: boolean): boolean {
  if (half.isTold) return false;
  const { expected, received, hasNoContent } = half;
  const differs = isEnd ? received !== expected : received > expected;
  const isWrong = hasNoContent ? received > 0 : expected >= 0 && differs;
  if (isWrong) half.isTold = true;
  return isWrong;
}
