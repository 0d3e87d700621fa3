// One connection in the tree: who, over what; packets and connection-wide frames folded to lines; settings; its streams.

import type { Direction, InspectConnection, InspectEvent, InspectFrame, InspectPacket } from "./events.js";
import type { TreeNode } from "./tree-node.js";
import { errorNode, TreeStream } from "./tree-stream.js";
import { add, count, moment, octets, printable, type TreeStyle, tally } from "./tree-text.js";
import { settingName } from "./tree-settings.js";

/** About what an event costs while it waits to be drawn, beside its text. */
const NODE_WEIGHT = 256;
const SHOWN_ERRORS = 1000;

class Folded {
  readonly packets = new Map<string, number>();
  readonly frames = new Map<string, number>();
  packetCount = 0;
  bytes = 0;
  missing = 0;
  dataBytes = 0;
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
  #packetRfc = "";
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
        this.weight += NODE_WEIGHT + event.headers.length * 64 + event.fieldLength;
        this.#stream(event.streamId).fields(event);
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
      case "settings": {
        const list = event.settings.map(([id, value]) => `${settingName(event.protocol, id)} ${count(value)}`);
        const text = `settings of the ${event.direction}: ${list.length === 0 ? "none" : list.join(", ")}`;
        this.#note({ text, note: event.protocol === "h3" ? "RFC 9114 section 7.2.4" : "RFC 9113 section 6.5" });
        break;
      }
      case "goaway": {
        const text = `goaway of the ${event.direction}: last stream ${count(event.lastStreamId)}, code 0x${event.code.toString(16)}`;
        this.#note({ text, note: event.protocol === "h3" ? "RFC 9114 section 7.2.6" : "RFC 9113 section 6.8" });
        break;
      }
      case "error":
        if (event.streamId === null || event.scope === "connection") this.#note(errorNode(event, this.#style));
        else {
          this.weight += NODE_WEIGHT;
          this.#stream(event.streamId).error(event);
        }
        break;
    }
  }

  /** What waits, as a tree. Streams that are over are let go. */
  take(): TreeNode {
    const node = {
      text: this.#title(),
      children: [
        ...this.#packetNodes(),
        ...this.#notes,
        ...[...this.#streams.values()].map((stream) => stream.node()),
      ],
    };
    this.#notes = [];
    this.#streams.clear();
    for (const direction of ["client", "server"] as const) this.#folded[direction] = new Folded();
    this.weight = NODE_WEIGHT;
    this.#isContinued = true;
    return node;
  }

  /** Whether nothing would be said beside the title. */
  get isEmpty(): boolean {
    return this.#isContinued && this.weight === NODE_WEIGHT && this.#streams.size === 0;
  }

  #stream(id: number | bigint): TreeStream {
    const key = String(id);
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = new TreeStream(key, this.#start, this.#style);
      this.#streams.set(key, stream);
      this.weight += 2 * NODE_WEIGHT;
    }
    return stream;
  }

  #packet(event: InspectPacket): void {
    const side = this.#folded[event.direction];
    side.packetCount++;
    side.bytes += event.length;
    this.#packetRfc = event.protocol === "tls" ? "RFC 8446 section 5.1" : "RFC 9000 section 17";
    add(side.packets, event.packetType);
    if (!event.decrypted) add(this.#closed, event.reason ?? "no keys");
  }

  #frame(event: InspectFrame): void {
    // QUIC's own frames are about the connection, also where they carry a stream's bytes.
    if (event.streamId === null || event.protocol === "quic" || event.streamId === 0 && event.protocol === "h2") {
      add(this.#folded[event.direction].frames, event.name);
    } else this.#stream(event.streamId).frame(event);
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
    if (about?.client != null) parts.push(`${printable(about.client)} → ${printable(about.server ?? "?")}`);
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
    const nodes: TreeNode[] = [];
    const sides = (["client", "server"] as const).map((who) => [who, this.#folded[who]] as const);
    const line = (name: string, say: (who: Direction, side: Folded) => string, note: string) => {
      const text = sides.map(([who, side]) => say(who, side)).filter(Boolean).join(" · ");
      if (text !== "") nodes.push({ text: `${name}  ${text}`, note });
    };
    line("packets", packetsOf, this.#packetRfc);
    line("frames", framesOf, this.#packetRfc === "" ? "" : "RFC 9000 section 19");
    line("missing in the capture:", missingOf, "");
    if (this.#closed.size > 0) {
      nodes.push({ text: this.#style.warn(`not opened: ${tally(this.#closed)}`) });
    }
    return nodes;
  }
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

function packetsOf(who: Direction, side: Folded): string {
  return side.packetCount === 0 ? "" : `${who} ${tally(side.packets)}, ${octets(side.bytes)}`;
}

function framesOf(who: Direction, side: Folded): string {
  return side.frames.size === 0 ? "" : `${who} ${tally(side.frames)}`;
}

function missingOf(who: Direction, side: Folded): string {
  return side.missing === 0 ? "" : `${octets(side.missing)} of the ${who}'s`;
}
