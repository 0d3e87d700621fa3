// http2-frame-test-case (public, read in place): single frames and the error codes that their mistakes have. Written for
// the drafts, whose weights are those of the RFC: 1 to 256, one more than the octet.

import { H2FrameParser } from "tercet/h2";
import { expect, test } from "vitest";
import { dataJson, describeData } from "./data-folder.js";

interface Case {
  id: string;
  wire: string;
  frame: {
    length: number;
    type: number;
    flags: number;
    stream_identifier: number;
    frame_payload: Record<string, unknown>;
  } | null;
  error: number[] | null;
  description: string;
}

/** Their names of wire fields, and ours. */
const NAMES: Record<string, string> = {
  additional_debug_data: "debugData",
  data: "data",
  error_code: "errorCode",
  exclusive: "exclusive",
  header_block_fragment: "fieldBlockFragment",
  last_stream_id: "lastStreamId",
  opaque_data: "opaqueData",
  padding_length: "padLength",
  promised_stream_id: "promisedStreamId",
  settings: "settings",
  stream_dependency: "streamDependency",
  weight: "weight",
  window_size_increment: "windowSizeIncrement",
};

describeData("h2-frames.json", () => {
  const cases = dataJson<Case[]>("h2-frames.json");

  test("has 34 cases", () => {
    expect(cases).toHaveLength(34);
  });

  test.each(cases.map((one) => [one.id, one] as const))("%s", (_id, { wire, frame, error }) => {
    const events = new H2FrameParser().receive(Uint8Array.from(Buffer.from(wire, "hex")));
    expect(events).toHaveLength(1);
    const [event] = events;
    if (frame === null) {
      if (event?.type !== "error") throw new Error("no error");
      expect(error).toContain(event.error.wireCode);
      return;
    }
    const { length, type, flags, stream_identifier: streamId } = frame;
    expect(event).toMatchObject({ length, type, flags, streamId, offset: 0 });
    const members = event as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(frame.frame_payload)) {
      if (name === "padding" || value === null) continue;
      const ours = members[NAMES[name] ?? name];
      const shown = ours instanceof Uint8Array ? Buffer.from(ours).toString("latin1") : ours;
      expect(shown, name).toEqual(value);
    }
  });
});
