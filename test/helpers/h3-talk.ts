// A conversation of two sides before the inspector of HTTP/3, and what it says of it as short lines.

import { QpackEncoder } from "tercet/qpack";
import type { Direction, Draft } from "../../src/inspect/events.js";
import { H3Inspector } from "../../src/inspect/h3-inspector.js";
import { settings, uni } from "./h3-frames.js";

export type Any = Draft & { readonly [member: string]: unknown };

/** A conversation of two sides, and everything that was said of it. */
export class Talk {
  readonly drafts: Any[] = [];
  readonly inspector: H3Inspector;

  constructor(options: { lenient?: boolean; keepBytes?: boolean } = {}) {
    this.inspector = new H3Inspector(options);
  }

  say(from: Direction, streamId: number, bytes: Uint8Array, fin = false): Any[] {
    return this.note(this.inspector.stream(from, streamId, bytes, fin));
  }

  note(drafts: Draft[]): Any[] {
    this.drafts.push(...(drafts as Any[]));
    return drafts as Any[];
  }

  end(): Any[] {
    return this.note(this.inspector.end());
  }
}

/** Events as short lines. */
export const lines = (drafts: readonly Any[]) =>
  drafts.map((draft) => {
    const { event, direction, streamId, name, code, length } = draft;
    const what = { frame: name, error: code, data: length, gap: length, reset: code }[`${event}`];
    return [event, direction, streamId, what].filter((one) => one !== undefined).join(" ");
  });

export const only = (drafts: readonly Any[], event: string) =>
  drafts.filter((draft) => draft.event === event);

/** A client whose server allows a table of so many bytes, and blocked sections. */
export function encoder(capacity = 4_096) {
  return new QpackEncoder({ maxTableCapacity: capacity, maxBlockedStreams: 16, strategy: "eager" });
}
/** The control stream of who decodes it. */
export const TABLE = uni(
  "control",
  settings([
    [1, 4_096],
    [7, 16],
  ]),
);
