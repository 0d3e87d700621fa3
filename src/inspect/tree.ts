// Events as a tree for people: connections, their streams, messages, then what could not be opened and what to do about it.
// A connection is drawn when the input ends, or earlier when more waits than fits; then it goes on below.

import type { InspectEvent, InspectSummary } from "./events.js";
import { TreeConnection } from "./tree-connection.js";
import { draw, type TreeLayout } from "./tree-node.js";
import { errorNode } from "./tree-stream.js";
import { summaryText } from "./tree-summary.js";
import { add, PLAIN_TREE, type TreeStyle } from "./tree-text.js";

/** How the tree looks. */
export interface TreeOptions {
  /** Colours; none by default. */
  readonly style?: TreeStyle;
  /** Columns; 100 by default. */
  readonly width?: number;
  /** Cut longer lines, as a terminal wants it. */
  readonly isCut?: boolean;
  /** Draw after every push what is there, for input that does not end. */
  readonly isLive?: boolean;
}

/** Bytes, about, that wait to be drawn. */
const MAX_WEIGHT = 8 * 1024 * 1024;
const MAX_CONNECTIONS = 4096;

/** Draws what an inspector gives. */
export class TreePrinter {
  readonly #layout: TreeLayout;
  readonly #isLive: boolean;
  /** In the order in which they began. */
  readonly #connections = new Map<number, TreeConnection>();
  /** Connections that have packets of a reason that stayed closed. */
  readonly #closedIn = new Map<string, number>();
  readonly #counted = new Map<number, Set<string>>();
  #weight = 0;
  #start: number | null = null;
  #text = "";

  constructor(options: TreeOptions = {}) {
    const { style = PLAIN_TREE, width = 100, isCut = false, isLive = false } = options;
    this.#layout = { style, width, isCut };
    this.#isLive = isLive;
  }

  /** Text to show now; often none. */
  push(events: readonly InspectEvent[]): string {
    for (const event of events) this.#add(event);
    if (this.#isLive) this.#drawAll(false);
    const text = this.#text;
    this.#text = "";
    return text;
  }

  #add(event: InspectEvent): void {
    this.#start ??= event.time;
    if (event.event === "summary") return this.#end(event);
    if (event.connection === -1) {
      if (event.event === "error") this.#drawNode(errorNode(event, this.#layout.style));
      if (event.event === "packet" && !event.decrypted)
        this.#countClosed(-1, event.reason ?? "no keys");
      return;
    }
    const connection = this.#connectionOf(event.connection);
    const before = connection.weight;
    connection.add(event);
    this.#weight += connection.weight - before;
    if (event.event === "packet" && !event.decrypted) {
      this.#countClosed(event.connection, event.reason ?? "no keys");
    }
    while (this.#weight > MAX_WEIGHT) this.#drawOldest();
  }

  #connectionOf(number: number): TreeConnection {
    const known = this.#connections.get(number);
    if (known !== undefined) return known;
    if (this.#connections.size >= MAX_CONNECTIONS) this.#drawOldest();
    const made = new TreeConnection(number, this.#start, this.#layout.style);
    this.#connections.set(number, made);
    this.#weight += made.weight;
    return made;
  }

  #countClosed(connection: number, reason: string): void {
    let reasons = this.#counted.get(connection);
    if (reasons === undefined) {
      if (this.#counted.size >= 16 * MAX_CONNECTIONS) return;
      reasons = new Set();
      this.#counted.set(connection, reasons);
    }
    if (reasons.has(reason)) return;
    reasons.add(reason);
    if (connection >= 0) add(this.#closedIn, reason);
  }

  /** Makes room: the connection that began first gives what it has, and goes to the end of the line. */
  #drawOldest(): void {
    const [number, connection] = this.#connections.entries().next().value as [
      number,
      TreeConnection,
    ];
    this.#weight -= connection.weight;
    this.#connections.delete(number);
    this.#draw(connection, false);
    if (this.#weight + connection.weight > MAX_WEIGHT) this.#draw(connection, true);
    if (this.#connections.size >= MAX_CONNECTIONS - 1) return this.#draw(connection, true);
    this.#connections.set(number, connection);
    this.#weight += connection.weight;
  }

  #drawAll(isAll: boolean): void {
    for (const connection of this.#connections.values()) {
      this.#weight -= connection.weight;
      this.#draw(connection, isAll);
      this.#weight += connection.weight;
    }
  }

  #draw(connection: TreeConnection, isAll: boolean): void {
    if (connection.hasNews(isAll)) this.#drawNode(connection.take(isAll));
  }

  #drawNode(node: Parameters<typeof draw>[0]): void {
    this.#text += `${draw(node, this.#layout)}\n`;
  }

  #end(summary: InspectSummary): void {
    this.#drawAll(true);
    this.#text += summaryText(summary, this.#closedIn, this.#layout.style);
  }
}
