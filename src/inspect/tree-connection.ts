// One connection in the tree: who, over what; packets and connection-wide frames folded to lines; settings; its streams.

import type {
  InspectConnection,
  InspectEvent,
  InspectFields,
  InspectFrame,
  InspectPacket,
  InspectSettings,
} from "./events.js";
import { toJson } from "./json.js";
import { codeName, settingName } from "./tree-names.js";
import type { TreeNode } from "./tree-node.js";
import { errorNode, TreeStream } from "./tree-stream.js";
import {
  add,
  count,
  moment,
  octets,
  printable,
  type TreeStyle,
  tally,
  times,
} from "./tree-text.js";

/** About what an event costs while it waits to be drawn, beside its text. */
const NODE_WEIGHT = 256;
const SHOWN_ERRORS = 1000;
const SHOWN_SETTINGS = 64;

class Folded {
  readonly packets = new Map<string, number>();
  readonly frames = new Map<string, number>();
  packetCount = 0;
  bytes = 0;
  missing = 0;
  /** Field sections: octets as they came, without compression, and of QPACK's encoder stream. */
  sections = 0;
  wireLength = 0;
  fieldLength = 0;
  encoderLength = 0;
}

export class TreeConnection {
  readonly #number: number;
  readonly #style: TreeStyle;
  readonly #start: number | null;
  readonly #streams = new Map<string, TreeStream>();
  readonly #folded = { client: new Folded(), server: new Folded() };
  readonly #closed = new Map<string, number>();
  #notes: TreeNode[] = [];
  #about: InspectConnection | null = null;
  #isTls = false;
  #isContinued = false;
  #begin: number | null = null;
  /** Roughly the bytes that wait here to be drawn. */
  weight = NODE_WEIGHT;

  constructor(number: number, start: number | null, style: TreeStyle) {
    this.#number = number;
    this.#start = start;
    this.#style = style;
  }

  /** Reasons for which packets of it stayed closed. */
  get closed(): ReadonlyMap<string, number> {
    return this.#closed;
  }

  add(event: InspectEvent): void {
    this.#begin ??= event.time;
    switch (event.event) {
      case "connection":
        this.#about = merged(this.#about, event);
        break;
      case "packet":
        this.#packet(event);
        break;
      case "frame":
        this.#frame(event);
        break;
      case "head":
      case "informational":
      case "trailers":
      case "push":
        this.#countSection(event);
        this.#grow(
          this.#stream(event.streamId),
          NODE_WEIGHT + event.headers.length * 64 + event.fieldLength,
        ).fields(event);
        break;
      case "data":
        this.#stream(event.streamId).data(event.direction, event.length, event.time);
        break;
      case "end":
        this.#stream(event.streamId).end(event.direction, event.time);
        break;
      case "reset":
        this.#stream(event.streamId).reset(event);
        break;
      case "gap":
        this.#folded[event.direction].missing += event.length;
        break;
      case "settings":
        this.#settings(event);
        break;
      case "goaway": {
        const text = `goaway of the ${event.direction}: last stream ${count(event.lastStreamId)}, ${codeName(event.protocol, event.code)}`;
        this.#note({
          text,
          note: event.protocol === "h3" ? "RFC 9114 section 7.2.6" : "RFC 9113 section 6.8",
        });
        break;
      }
      case "error":
        if (event.streamId === null || event.scope === "connection")
          this.#note(errorNode(event, this.#style));
        else this.#grow(this.#stream(event.streamId), NODE_WEIGHT).error(event);
        break;
    }
  }

  /** What waits, as a tree; with `isAll` also the streams whose messages are not over. What it gives is let go. */
  take(isAll: boolean): TreeNode {
    const streams = [...this.#streams].filter(([, stream]) => isAll || stream.isComplete);
    const node = {
      text: this.#title(),
      children: [
        ...this.#packetNodes(),
        ...this.#notes,
        ...streams.map(([, stream]) => stream.node()),
      ],
    };
    this.#notes = [];
    for (const [key] of streams) this.#streams.delete(key);
    for (const direction of ["client", "server"] as const) this.#folded[direction] = new Folded();
    this.weight = NODE_WEIGHT;
    for (const stream of this.#streams.values()) this.weight += stream.weight;
    this.#isContinued = true;
    return node;
  }

  /** Whether `take(isAll)` would say something beside the title. */
  hasNews(isAll: boolean): boolean {
    if (this.#notes.length > 0) return true;
    if (isAll) return !this.#isContinued || this.#streams.size > 0;
    for (const stream of this.#streams.values()) if (stream.isComplete) return true;
    return false;
  }

  #grow(stream: TreeStream, by: number): TreeStream {
    stream.weight += by;
    this.weight += by;
    return stream;
  }

  #stream(id: number | bigint): TreeStream {
    const key = String(id);
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = new TreeStream(key, this.#start, this.#style);
      this.#streams.set(key, stream);
      this.#grow(stream, 2 * NODE_WEIGHT);
    }
    return stream;
  }

  #packet(event: InspectPacket): void {
    const side = this.#folded[event.direction];
    side.packetCount++;
    side.bytes += event.length;
    if (event.protocol === "tls") this.#isTls = true;
    add(side.packets, event.packetType);
    if (!event.decrypted) add(this.#closed, event.reason ?? "no keys");
  }

  #countSection({ direction, wireLength, fieldLength, protocol }: InspectFields): void {
    if (protocol === "http/1.1") return;
    const side = this.#folded[direction];
    side.sections++;
    side.wireLength += wireLength;
    side.fieldLength += fieldLength;
  }

  #frame(event: InspectFrame): void {
    if (event.name === "TRANSPORT_PARAMETERS") return this.#parameters(event);
    if (event.protocol === "qpack" && ENCODER_INSTRUCTIONS.has(event.name)) {
      this.#folded[event.direction].encoderLength += event.length;
    }
    // QUIC's own frames are about the connection, also where they carry a stream's bytes.
    if (
      event.streamId === null ||
      event.protocol === "quic" ||
      (event.streamId === 0 && event.protocol === "h2")
    ) {
      add(this.#folded[event.direction].frames, event.name);
    } else this.#stream(event.streamId).frame(event);
  }

  #parameters({ parameters, direction, rfc }: InspectFrame): void {
    const { name, bold } = this.#style;
    const list = (Array.isArray(parameters) ? parameters : []) as {
      id: unknown;
      name: unknown;
      value: unknown;
    }[];
    this.#note({
      text: `${bold("transport parameters")} of the ${direction}`,
      note: rfc,
      plain: list.slice(0, SHOWN_SETTINGS).map((item) => ({
        text: `${name(parameterName(item))}: ${parameterText(item.value)}`,
      })),
    });
  }

  #settings({ settings, direction, protocol }: InspectSettings): void {
    const { name, bold } = this.#style;
    this.#note({
      text: `${bold("settings")} of the ${direction}${settings.length === 0 ? ": none" : ""}`,
      note: protocol === "h3" ? "RFC 9114 section 7.2.4" : "RFC 9113 section 6.5",
      plain: settings
        .slice(0, SHOWN_SETTINGS)
        .map(([id, value]) => ({ text: `${name(settingName(protocol, id))}: ${count(value)}` })),
    });
  }

  #note(node: TreeNode): void {
    this.weight += NODE_WEIGHT + node.text.length;
    if (this.#notes.length < SHOWN_ERRORS) this.#notes.push(node);
    else if (this.#notes.length === SHOWN_ERRORS) this.#notes.push({ text: "… and more" });
  }

  #title(): string {
    const { bold, dim, name } = this.#style;
    const about = this.#about;
    const parts = [bold(`connection ${this.#number}`)];
    if (about?.client != null)
      parts.push(`${printable(about.client)} → ${printable(about.server ?? "?")}`);
    if (about !== null) parts.push(name(PROTOCOL_NAMES[about.protocol] ?? about.protocol));
    for (const text of [about?.security, about?.cipherSuite]) if (text) parts.push(printable(text));
    if (about?.alpn) parts.push(`ALPN ${printable(about.alpn)}`);
    if (about?.serverName) parts.push(`SNI ${printable(about.serverName)}`);
    const at = moment(this.#begin, this.#start);
    if (at !== "") parts.push(dim(at));
    if (this.#isContinued) parts.push(dim("(goes on)"));
    return parts.join("  ");
  }

  #packetNodes(): TreeNode[] {
    const style = this.#style;
    const sides = (["client", "server"] as const).map((who) => [who, this.#folded[who]] as const);
    const node = (name: string, note: string, say: (side: Folded) => string): TreeNode[] => {
      const plain = sides
        .map(([who, side]) => [who, say(side)] as const)
        .filter(([, text]) => text !== "")
        .map(([who, text]) => ({ text: `${style.dim(`${who}:`)} ${text}` }));
      return plain.length === 0 ? [] : [{ text: style.bold(name), note, plain }];
    };
    const closed =
      this.#closed.size === 0 ? [] : [{ text: style.warn(`not opened: ${tally(this.#closed)}`) }];
    const [packets, rfc] = this.#isTls
      ? (["records", "RFC 8446 section 5.1"] as const)
      : (["packets", "RFC 9000 section 17"] as const);
    return [
      ...node(packets, rfc, packetsOf),
      ...node("frames", this.#frameRfc(), (side) => tally(side.frames)),
      ...node("missing in the capture", "", (side) =>
        side.missing === 0 ? "" : octets(side.missing),
      ),
      ...node(
        "field compression",
        this.#about?.protocol === "h2" ? "RFC 7541" : "RFC 9204",
        compressionOf,
      ),
      ...closed,
    ];
  }

  #frameRfc(): string {
    if (this.#about?.protocol === "h2") return "RFC 9113 section 6";
    return this.#isTls ? "RFC 8446 section 4" : "RFC 9000 section 19";
  }
}

function packetsOf(side: Folded): string {
  return side.packetCount === 0 ? "" : `${tally(side.packets)}; ${octets(side.bytes)}`;
}

/** One without a name has its identifier: nothing else says what it is. */
function parameterName({ id, name }: { id: unknown; name: unknown }): string {
  const text = printable(String(name));
  const isNamed = text !== "UNKNOWN" && text !== "GREASE";
  if (isNamed || (typeof id !== "number" && typeof id !== "bigint")) return text;
  return `${text} 0x${id.toString(16)}`;
}

function parameterText(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return count(value);
  return value === true ? "yes" : printable(toJson(value)).replace(/^"|"$/g, "").slice(0, 200);
}

const ENCODER_INSTRUCTIONS = new Set([
  "SET_DYNAMIC_TABLE_CAPACITY",
  "INSERT_WITH_NAME_REFERENCE",
  "INSERT_WITH_LITERAL_NAME",
  "DUPLICATE",
]);

function compressionOf({ sections, fieldLength, wireLength, encoderLength }: Folded): string {
  if (sections < 2) return "";
  const encoder = encoderLength === 0 ? "" : ` and ${count(encoderLength)} B of encoder stream`;
  const saved = Math.round((1 - (wireLength + encoderLength) / Math.max(1, fieldLength)) * 100);
  return `${times(sections, "section")}, ${octets(fieldLength)} as ${count(wireLength)} B${encoder}: ${saved} % saved`;
}

const PROTOCOL_NAMES: Record<string, string> = {
  "http/1.1": "HTTP/1.1",
  h2: "HTTP/2",
  h3: "HTTP/3",
  quic: "QUIC",
  tls: "TLS",
  tcp: "TCP",
  udp: "UDP",
  hpack: "HPACK",
  qpack: "QPACK",
  unknown: "unknown protocol",
};

/** Later events know more; what they leave open stays. */
function merged(before: InspectConnection | null, after: InspectConnection): InspectConnection {
  if (before === null) return after;
  return {
    ...after,
    client: after.client ?? before.client,
    server: after.server ?? before.server,
    alpn: after.alpn ?? before.alpn,
    serverName: after.serverName ?? before.serverName,
    security: after.security ?? before.security,
    cipherSuite: after.cipherSuite ?? before.cipherSuite,
  };
}
