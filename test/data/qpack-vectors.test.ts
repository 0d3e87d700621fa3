// rfc9204-appendix-b.json: the examples of RFC 9204 appendix B, one decoder through all of them: lists, tables, and what goes back.

import { QpackDecoder } from "tercet/qpack";
import { expect, test } from "vitest";
import { hex } from "../helpers/hpack-wire.js";
import { dataJson, describeData } from "./data-folder.js";

interface Example {
  name: string;
  maxTableCapacity?: number;
  encoder?: string;
  /** The instructions come behind the section. */
  encoderDelayed?: boolean;
  stream?: number;
  section?: string;
  fields?: [string, string][];
  /** The section is cancelled instead of read. */
  cancelled?: boolean;
  decoder?: string;
  size: number;
}

describeData("rfc9204-appendix-b", () => {
  const examples = dataJson<Example[]>("vectors/rfc9204-appendix-b.json");

  test("QP-FLD-2 QP-ENC-4 QP-ENC-5 QP-DECS-5 QP-DECS-6 all five, one behind the other", () => {
    expect(examples.map(({ name }) => name)).toEqual(["B.1", "B.2", "B.3", "B.4", "B.5"]);
    const decoder = new QpackDecoder({ maxTableCapacity: examples[0]?.maxTableCapacity ?? 0 });
    for (const one of examples) {
      if (!one.encoderDelayed) decoder.receiveEncoderStream(hex(one.encoder ?? ""));
      if (one.section !== undefined) {
        const list = decoder.decode(one.stream ?? 0, hex(one.section));
        expect(list, one.name).toEqual(one.cancelled ? null : one.fields?.flat());
        if (one.cancelled) decoder.cancel(one.stream ?? 0);
      }
      if (one.decoder !== undefined)
        expect(decoder.takeDecoderStream(), one.name).toEqual(hex(one.decoder));
      if (one.encoderDelayed) decoder.receiveEncoderStream(hex(one.encoder ?? ""));
      expect(decoder.tableSize, one.name).toBe(one.size);
    }
  });
});
