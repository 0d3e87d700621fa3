// The verdicts of H2Inspector are those of H2Connection: a client's octets go into a server of ours, and the inspector sees
// both directions. The cases are those of h2spec, one mistake each; lenient finds it among what it finds.

import type { ProtocolError } from "tercet";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { H2Inspector } from "../../src/inspect/h2.js";
import { GENERIC, HPACK } from "../h2/h2spec-generic.js";
import { HTTP2_STREAMS } from "../h2/h2spec-http2.js";
import { HTTP2_FRAMES } from "../h2/h2spec-http2-frames.js";
import { concat, PREFACE, settings, settingsAck } from "../helpers/h2-wire.js";
import type { AnyDraft } from "../helpers/inspect-drafts.js";

const CASES = [...GENERIC, ...HPACK, ...HTTP2_STREAMS, ...HTTP2_FRAMES];

/** The dialogue of a case: what the client sends, and what a server of ours says to it, in turns. */
function dialogue(pieces: readonly Uint8Array[], lenient: boolean) {
  const server = new H2Connection({ role: "server" });
  const inspector = new H2Inspector({ lenient });
  const errors: ProtocolError[] = [];
  const drafts: AnyDraft[] = [];
  // Settings bind a client once it has acknowledged them: who reads along cannot tell any other way.
  for (const piece of [concat(PREFACE, settings()), settingsAck(), ...pieces]) {
    drafts.push(...(inspector.receive("client", piece) as AnyDraft[]));
    for (const event of server.receive(piece)) if (event.type === "error") errors.push(event.error);
    for (const bytes of server.take())
      drafts.push(...(inspector.receive("server", bytes) as AnyDraft[]));
  }
  return { errors, found: drafts.filter((draft) => draft.event === "error") };
}

/** What makes two reports the same. */
const essence = ({ code, offset, scope, streamId }: Record<string, unknown>) => ({
  code,
  offset,
  scope,
  streamId,
});

describe("every case of the table", () => {
  test.each(CASES)("%s %s: strict", (_id, _what, send) => {
    const { errors, found } = dialogue(send instanceof Uint8Array ? [send] : send, false);
    expect(found.map((draft) => essence({ ...draft }))).toEqual(
      errors.map(({ code, offset, scope, streamId }) => ({ code, offset, scope, streamId })),
    );
  });

  test.each(CASES)("%s %s: lenient", (_id, _what, send) => {
    const { errors, found } = dialogue(send instanceof Uint8Array ? [send] : send, true);
    const codes = found.map(({ code }) => code);
    if (errors.length === 0) expect(codes).toEqual([]);
    else expect(codes).toContain(errors[0]?.code);
  });
});
