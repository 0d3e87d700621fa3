// One message in the tree: start line, fields, what header compression gained, content, trailers.

import type { InspectFields, InspectProtocol } from "./events.js";
import type { TreeNode } from "./tree-node.js";
import { count, duration, moment, octets, printable, type TreeStyle, times } from "./tree-text.js";

/** Where the RFCs say how a head, a content, an end of this protocol look. */
const SECTIONS: Partial<Record<InspectProtocol, { head: string; fields: string; data: string }>> = {
  "http/1.1": {
    head: "RFC 9112 section 2.1",
    fields: "RFC 9112 section 5",
    data: "RFC 9112 section 6",
  },
  h2: { head: "RFC 9113 section 8.3", fields: "RFC 7541 section 6", data: "RFC 9113 section 6.1" },
  h3: {
    head: "RFC 9114 section 4.3",
    fields: "RFC 9204 section 4.5",
    data: "RFC 9114 section 7.2.1",
  },
  hpack: { head: "RFC 7541 section 3", fields: "RFC 7541 section 6", data: "" },
  qpack: { head: "RFC 9204 section 4.5", fields: "RFC 9204 section 4.5", data: "" },
};
const NOWHERE = { head: "", fields: "", data: "" };

/** RFC sections of a protocol's parts. */
export function sectionsOf(protocol: InspectProtocol): {
  head: string;
  fields: string;
  data: string;
} {
  return SECTIONS[protocol] ?? NOWHERE;
}

/** A message as far as it came. */
export class TreeMessage {
  head: InspectFields | null = null;
  readonly #interim: InspectFields[] = [];
  #trailers: InspectFields | null = null;
  #length = 0;
  #firstData: number | null = null;
  #isEnded = false;
  endedAt: number | null = null;

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get length(): number {
    return this.#length;
  }

  fields(event: InspectFields): void {
    if (event.event === "informational") {
      // More than a person reads: the frames and the JSON have them all.
      if (this.#interim.length < 8) this.#interim.push(event);
    } else if (event.event === "trailers") this.#trailers = event;
    else this.head = event;
  }

  data(length: number, time: number | null): void {
    this.#length += length;
    this.#firstData ??= time;
  }

  end(time: number | null): void {
    this.#isEnded = true;
    this.endedAt = time;
  }

  /** Its node, or null where nothing came. `since`: when what it answers had come, for "… later". */
  node(
    name: string,
    protocol: InspectProtocol,
    start: number | null,
    style: TreeStyle,
  ): TreeNode | null {
    const { head } = this;
    const sections = sectionsOf(protocol);
    const parts = this.#interim.map((interim) => sectionNode(interim, start, style));
    if (head === null && parts.length === 0 && this.#length === 0) return null;
    const content = this.#contentLine(sections.data, style);
    const plain = head === null ? [] : fieldLines(head, style);
    const trailers = this.#trailers === null ? [] : [sectionNode(this.#trailers, start, style)];
    return {
      text: `${style.bold(name)}${head === null ? "" : `  ${style.dim(when(head, start))}`}`,
      note: sections.head,
      plain: [...plain, ...content],
      children: [...parts, ...trailers],
    };
  }

  #contentLine(section: string, style: TreeStyle): TreeNode[] {
    if (this.#length === 0 && this.#isEnded) return [];
    const unfinished = this.#isEnded ? "" : style.warn("  its end is not here");
    if (this.#length === 0) return unfinished === "" ? [] : [{ text: unfinished.trim() }];
    const took =
      this.#firstData !== null && this.endedAt !== null && this.endedAt > this.#firstData
        ? ` in ${duration(this.endedAt - this.#firstData)}`
        : "";
    return [{ text: `content: ${octets(this.#length)}${took}${unfinished}`, note: section }];
  }
}

function when(event: InspectFields, start: number | null): string {
  return moment(event.time, start);
}

/** An informational head or trailers. */
function sectionNode(event: InspectFields, start: number | null, style: TreeStyle): TreeNode {
  return {
    text: `${style.bold(event.event)}  ${style.dim(when(event, start))}`.trimEnd(),
    note: sectionsOf(event.protocol).head,
    plain: fieldLines(event, style),
  };
}

/** A field of a promise, a head, trailers: a line each, then what compression gained. */
export function fieldLines(event: InspectFields, style: TreeStyle): TreeNode[] {
  const start = event.startLine === undefined ? [] : [{ text: printable(event.startLine) }];
  const lines = event.headers.map(([name, value]) => ({
    text: `${style.name(printable(name))}: ${printable(value)}`,
  }));
  return [
    ...start,
    ...lines,
    { text: style.dim(gained(event)), note: sectionsOf(event.protocol).fields },
  ];
}

/** What the fields took on the wire, beside what they are. */
function gained(event: InspectFields): string {
  const { wireLength, fieldLength, protocol } = event;
  const fields = `${times(event.headers.length, "field")}, ${octets(fieldLength)}`;
  const coding = protocol === "h2" || protocol === "hpack" ? "HPACK" : "QPACK";
  if (protocol === "http/1.1")
    return `${fields}; ${count(wireLength)} with the start line and line ends`;
  if (fieldLength === 0) return `${fields} as ${count(wireLength)}`;
  const share = Math.round((1 - wireLength / fieldLength) * 100);
  return `${fields} as ${count(wireLength)}: ${coding} ${share < 0 ? `adds ${-share}` : `saves ${share}`} %`;
}
