// The first bytes of a connection: preface, SETTINGS, the window of the connection (RFC 9113 section 3.4), and what
// an upgrade from HTTP/1.1 leaves behind (RFC 7540 section 3.2).
// Rules: H2-005, H2-009, H2-010, H2-062.

import { ErrorCode } from "../abi/error-code.js";
import { UsageError } from "../errors.js";
import { applyPeerSettings } from "./h2-control.js";
import type { H2Core } from "./h2-core.js";
import { WINDOW_DEFAULT } from "./h2-options.js";
import { unbind } from "./h2-passive.js";
import { PeerSettings } from "./h2-settings.js";
import { Stream, StreamFlag } from "./h2-stream.js";
import { StreamState } from "./h2-stream-state.js";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Queues the connection preface. */
export function startConnection(core: H2Core): void {
  const { config } = core;
  if (config.upgrade !== null) takeUpgrade(core, config.upgrade);
  if (config.passive) {
    core.local.pending.length = 0;
    return unbind(core);
  }
  if (config.isClient) core.output.raw(prefaceBytes());
  core.output.settings(config.settings);
  const more = config.connectionWindow - WINDOW_DEFAULT;
  if (more > 0) core.output.windowUpdate(0, more);
  core.receiveWindow += more;
  if (config.clock !== null) core.settingsDue = config.clock() + config.limits.settingsTimeout;
}

function prefaceBytes(): Uint8Array {
  return Uint8Array.from(PREFACE, (character) => character.charCodeAt(0));
}

/** Stream 1 is the request that was sent in HTTP/1.1; its content is complete. */
function takeUpgrade(core: H2Core, upgrade: string | true): void {
  const { streams } = core;
  if (typeof upgrade === "string") {
    const settings = settingsOf(upgrade);
    if (new PeerSettings().apply(settings, false) !== ErrorCode.NONE)
      throw new UsageError("OPTION_INVALID", "upgrade has a setting whose value is not allowed");
    applyPeerSettings(core, settings, 0);
    streams.lastRemote = 1;
  } else streams.lastLocal = 1;
  const state = core.config.isClient ? StreamState.HalfClosedLocal : StreamState.HalfClosedRemote;
  const stream = new Stream(1, state, core.local.initialWindowSize);
  stream.flags = core.config.isClient
    ? StreamFlag.HeadSent | StreamFlag.EndQueued
    : StreamFlag.HeadReceived | StreamFlag.EndReceived;
  streams.open(stream);
}

/** The payload of a SETTINGS frame in base64url (RFC 7540 section 3.2.1). */
function settingsOf(field: string): number[] {
  const base64 = field.replaceAll("-", "+").replaceAll("_", "/");
  const isBase64 = /^[A-Za-z0-9+/]*$/.test(base64) && base64.length % 8 === 0;
  if (!isBase64)
    throw new UsageError(
      "OPTION_INVALID",
      "upgrade is the HTTP2-Settings field: base64url of SETTINGS",
    );
  const bytes = decodeBase64(base64);
  const list: number[] = [];
  for (let at = 0; at + 6 <= bytes.length; at += 6) {
    const value = new DataView(bytes.buffer, at);
    list.push(value.getUint16(0), value.getUint32(2));
  }
  return list;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Six octets are eight characters, so that there is never a rest. */
function decodeBase64(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length / 4) * 3);
  for (let i = 0, at = 0; i < text.length; i += 4, at += 3) {
    let bits = 0;
    for (let k = 0; k < 4; k++) bits = bits * 64 + ALPHABET.indexOf(text[i + k] as string);
    bytes[at] = bits >>> 16;
    bytes[at + 1] = bits >>> 8;
    bytes[at + 2] = bits;
  }
  return bytes;
}
