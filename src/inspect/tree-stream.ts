// One stream (on HTTP/1.1: one exchange) in the tree: request and response, how long the answer took, its frames folded to a
// line a direction, and what broke the protocol.

import type {
  Direction,
  InspectError,
  InspectFields,
  InspectFrame,
  InspectProtocol,
  InspectReset,
} from "./events.js";
import { fieldLines, sectionsOf, TreeMessage } from "./tree-message.js";
import { codeName } from "./tree-names.js";
import type { TreeNode } from "./tree-node.js";
import { add, count, duration, octets, printable, type TreeStyle, tally } from "./tree-text.js";

/** What a stream shows about itself beside its two messages, at most. */
const MAX_NOTES = 1000;

export class TreeStream {
  readonly #id: string;
  readonly #style: TreeStyle;
  readonly #start: number | null;
  readonly #messages = { client: new TreeMessage(), server: new TreeMessage() };
  readonly #frames = { client: new Map<string, number>(), server: new Map<string, number>() };
  readonly #notes: TreeNode[] = [];
  #rfcs = new Set<string>();
  #protocol: InspectProtocol = "unknown";
  #isReset = false;
  /** What a stream of one direction is for. */
  #kind = "";
  /** Roughly the bytes that wait here to be drawn. */
  weight = 0;

  constructor(id: string, start: number | null, style: TreeStyle) {
    this.#id = id;
    this.#start = start;
    this.#style = style;
  }

  /** Both messages are over: nothing more is to come. */
  get isComplete(): boolean {
    return this.#isReset || (this.#messages.client.isEnded && this.#messages.server.isEnded);
  }

  fields(event: InspectFields): void {
    this.#protocol = event.protocol;
    if (event.event === "push") {
      const text = `${this.#style.bold("promise")} of a push`;
      this.#note({
        text,
        note: sectionsOf(event.protocol).head,
        plain: fieldLines(event, this.#style),
      });
    } else this.#messages[event.direction].fields(event);
  }

  data(direction: Direction, length: number, time: number | null): void {
    this.#messages[direction].data(length, time);
  }

  end(direction: Direction, time: number | null): void {
    this.#messages[direction].end(time);
  }

  reset(event: InspectReset): void {
    this.#isReset = true;
    const text = `${event.direction} gives up: reset with ${codeName(event.protocol, event.code)}`;
    this.#note({ text: this.#style.warn(text) });
  }

  frame(event: InspectFrame): void {
    this.#protocol = event.protocol;
    if (event.name === "STREAM_TYPE") {
      this.#kind = `${event.direction}'s ${printable(String(event.streamType))} stream`;
      return;
    }
    add(this.#frames[event.direction], event.name);
    if (this.#rfcs.size < 4) this.#rfcs.add(event.rfc);
  }

  error(event: InspectError): void {
    this.#note(errorNode(event, this.#style));
  }

  #note(node: TreeNode): void {
    if (this.#notes.length < MAX_NOTES) this.#notes.push(node);
    else if (this.#notes.length === MAX_NOTES) this.#notes.push({ text: "… and more" });
  }

  node(): TreeNode {
    const { client, server } = this.#messages;
    const children = [
      client.node("request", this.#protocol, this.#start, this.#style),
      server.node("response", this.#protocol, this.#start, this.#style),
      ...(this.#kind === "" ? this.#frameNodes() : []),
      ...this.#notes,
    ];
    return {
      text: this.#title(),
      children: children.filter((child): child is TreeNode => child !== null),
    };
  }

  #title(): string {
    const { bold, good, warn, bad } = this.#style;
    const { client, server } = this.#messages;
    const parts = [bold(`${this.#protocol === "http/1.1" ? "exchange" : "stream"} ${this.#id}`)];
    if (this.#kind !== "") {
      const frames = tally(new Map([...this.#frames.client, ...this.#frames.server]));
      parts.push(this.#kind, ...(frames === "" ? [] : [this.#style.dim(frames)]));
    }
    const request = client.head === null ? "" : requestLine(client.head);
    const status = server.head === null ? "" : statusOf(server.head);
    const paint = status < "400" ? good : status < "500" ? warn : bad;
    if (request !== "") parts.push(bold(request));
    if (status !== "") parts.push(`→ ${paint(status)}`);
    if (server.length > 0) parts.push(octets(server.length));
    const asked = client.endedAt ?? client.head?.time ?? null;
    const answered = server.head?.time ?? null;
    if (asked !== null && answered !== null) parts.push(`after ${duration(answered - asked)}`);
    return parts.join("  ");
  }

  #frameNodes(): TreeNode[] {
    const { bold, dim } = this.#style;
    const sides = (["client", "server"] as const)
      .filter((who) => this.#frames[who].size > 0)
      .map((who) => `${who}: ${tally(this.#frames[who])}`);
    if (sides.length === 0) return [];
    const [rfc] = this.#rfcs;
    const note = this.#rfcs.size === 1 ? (rfc as string) : FRAME_SECTIONS[this.#protocol];
    return [{ text: `${bold("frames")}  ${dim(sides.join(" · "))}`, note: note ?? "" }];
  }
}

const FRAME_SECTIONS: Partial<Record<InspectProtocol, string>> = {
  h2: "RFC 9113 section 6",
  h3: "RFC 9114 section 7.2",
};

/** "GET https://localhost/path". */
function requestLine(head: InspectFields): string {
  if (head.startLine !== undefined) return printable(head.startLine.replace(/ HTTP\/\d\.\d$/, ""));
  const value = (name: string) => head.headers.find(([other]) => other === name)?.[1] ?? "";
  const scheme = value(":scheme");
  const authority = value(":authority");
  return printable(
    `${value(":method")} ${scheme === "" ? "" : `${scheme}://`}${authority}${value(":path")}`,
  );
}

function statusOf(head: InspectFields): string {
  if (head.startLine !== undefined) return printable(head.startLine.split(" ")[1] ?? "");
  return printable(head.headers.find(([name]) => name === ":status")?.[1] ?? "");
}

/** What broke the protocol, in its place. */
export function errorNode(event: InspectError, style: TreeStyle): TreeNode {
  const where =
    event.connection < 0
      ? `byte ${count(event.offset)} of the input`
      : `${event.direction}'s byte ${count(event.offset)}`;
  return {
    text: `${style.bad(`✗ ${event.code}`)}  ${printable(event.message)}, at ${where}`,
    note: `${event.rule}, ${event.rfc}`,
  };
}
