// Content that is capsules (RFC 9297 section 3): which messages have them, and reading them. A DATAGRAM capsule is a
// datagram like those that came in one of QUIC.
// Rules: H3-CAP-1, H3-CAP-2, H3-CAP-4, H3-CAP-5, H3-CAP-6.

import { ErrorCode } from "../abi/error-code.js";
import { CapsuleType } from "../abi/h3-wire.js";
import { CapsuleReader } from "../codec/capsule-reader.js";
import type { FieldSection } from "../codec/field-section.js";
import { parseBoolean } from "../codec/sf-boolean.js";
import type { Varint } from "../codec/varint.js";
import { UsageError } from "../errors.js";
import { Cost } from "./budget.js";
import type { H3Core } from "./h3-core.js";
import { streamError } from "./h3-lifecycle.js";
import { capsuleFieldsFault, hasCapsules, isWebTransport } from "./h3-message-rules.js";
import { type H3Stream, H3StreamFlag } from "./h3-stream.js";

/** Notes the protocol of an extended CONNECT, of either side. */
export function noteProtocol(core: H3Core, stream: H3Stream, protocol: string): void {
  stream.flags |= H3StreamFlag.Extended;
  if (hasCapsules(protocol)) stream.flags |= H3StreamFlag.CapsuleProtocol;
  if (core.config.sessions > 0 && isWebTransport(protocol))
    stream.flags |= H3StreamFlag.WebTransport;
}

/**
 * Whether the content of the message that is read is capsules: the protocol of the CONNECT says so, or the
 * Capsule-Protocol field. Gives the code of what is wrong with such a message.
 */
export function noteCapsules(
  core: H3Core,
  stream: H3Stream,
  section: FieldSection,
  status: number,
): ErrorCode {
  if (!stream.has(H3StreamFlag.Extended)) return ErrorCode.NONE;
  const isSaid = section.values("capsule-protocol").some((value) => parseBoolean(value) === true);
  if (!isSaid && !stream.has(H3StreamFlag.CapsuleProtocol)) return ErrorCode.NONE;
  const fault = capsuleFieldsFault(section, status);
  if (fault !== ErrorCode.NONE) return fault;
  stream.flags |= H3StreamFlag.Capsules;
  stream.capsules = new CapsuleReader(core.config.limits.capsuleLength);
  return ErrorCode.NONE;
}

/**
 * What we may not send: a message with capsules has no content-length, no content-type, and none of three statuses.
 * @throws UsageError
 */
export function checkCapsuleMessage(
  stream: H3Stream,
  fields: readonly string[],
  status: number,
): void {
  if (!stream.has(H3StreamFlag.Extended) || status >= 300) return;
  const isSaid = fields.some(
    (name, i) =>
      i % 2 === 0 && name === "capsule-protocol" && parseBoolean(fields[i + 1] as string) === true,
  );
  if (!isSaid && !stream.has(H3StreamFlag.CapsuleProtocol)) return;
  const isForbidden = fields.some((name, i) => i % 2 === 0 && WITHOUT.has(name));
  if (isForbidden || status === 204 || status === 205 || status === 206)
    throw new UsageError(
      "H3_CAPSULE_FORBIDDEN",
      "capsules go without content-length, content-type, and the status 204, 205 or 206",
    );
}

const WITHOUT: ReadonlySet<string> = new Set(["content-length", "content-type"]);

/** Reads content. */
export function readCapsules(core: H3Core, stream: H3Stream, bytes: Uint8Array): void {
  const reader = stream.capsules;
  if (reader === null) return;
  // Places in the content as places in the stream: these bytes are one piece of both.
  const base = (stream.frames?.offset ?? 0) - bytes.length - reader.offset;
  const fault = reader.read(bytes, {
    onCapsule: (type: Varint, value: Uint8Array) =>
      onCapsule(core, stream, type, value, base + reader.offset),
  });
  if (fault === ErrorCode.NONE || core.isOver || stream.has(H3StreamFlag.ReceiveDone)) return;
  streamError(core, stream, fault, base + reader.offset);
}

function onCapsule(
  core: H3Core,
  stream: H3Stream,
  type: Varint,
  value: Uint8Array,
  end: number,
): void {
  // The application may have given up the stream between two capsules.
  if (stream.has(H3StreamFlag.ReceiveDone) || core.isOver) return;
  if (value.length === 0 && !core.draw(Cost.Frame, stream.id, end)) return;
  if (type === CapsuleType.Datagram) core.emitDatagram(stream.id, value);
  else core.emitCapsule(stream.id, type, value);
}

/** Whether the content may end here. */
export function capsulesComplete(stream: H3Stream): boolean {
  return stream.capsules === null || stream.capsules.isBetweenCapsules;
}

/** The stream is over: what was kept of a capsule goes. */
export function dropCapsules(stream: H3Stream): void {
  if (stream.capsules === null) return;
  stream.capsules.drop();
  stream.capsules = null;
}
