// Which connection a datagram belongs to: by its addresses, and by connection ids, which outlive addresses (RFC 9000
// section 5.1 and 9). What an id leads to is forgotten with its connection.
// Rules: Q-INV-2, Q-CID-6, Q-NCI-5.

import { CONNECTION_ID_MAX } from "../abi/quic-wire.js";
import type { QuicSender } from "./quic-observation.js";

/** The connection, and who sends the packets that take this way. */
export interface Route<Connection> {
  readonly connection: Connection;
  readonly direction: QuicSender;
}

/** An id as a key: one character an octet. */
export function idKey(id: Uint8Array): string {
  let key = "";
  for (let at = 0; at < id.length; at++) key += String.fromCharCode(id[at] as number);
  return key;
}

/** Pairs of addresses that a connection may use at a time: the oldest is forgotten. */
const PATHS_MAX = 8;

/** What leads to one connection. */
class Ways {
  readonly paths: string[] = [];
  readonly ids: Record<QuicSender, string[]> = { client: [], server: [] };
}

/** The routes of an observer. */
export class QuicRoutes<Connection extends object> {
  readonly #paths = new Map<string, Route<Connection>>();
  readonly #ids = new Map<string, Route<Connection>>();
  /** How many ids there are of each length: short headers do not say theirs. */
  readonly #lengths = new Uint32Array(256);
  /** Of all that were ever in use. */
  #longest = 0;
  readonly #ways = new Map<Connection, Ways>();
  readonly #idsMax: number;

  constructor(idsMax: number) {
    this.#idsMax = idsMax;
  }

  byPath(source: string, destination: string): Route<Connection> | undefined {
    return this.#paths.get(`${source} ${destination}`);
  }

  byId(id: Uint8Array): Route<Connection> | undefined {
    return id.length === 0 ? undefined : this.#ids.get(idKey(id));
  }

  /** Whether packets of this side of a connection may have this destination. */
  isOwn(id: Uint8Array, { connection, direction }: Route<Connection>): boolean {
    const ids = this.#ways.get(connection)?.ids[direction];
    return id.length > 0 && ids !== undefined && ids.includes(idKey(id));
  }

  /**
   * Octets of the id that the octets of a short header at `at` begin with: the longest one that is in use, of the connection
   * of these addresses before all others, so that nobody's ids catch the packets of others. -1: none.
   */
  idLengthAt(bytes: Uint8Array, at: number, path: Route<Connection> | undefined): number {
    const room = Math.min(this.#longest, CONNECTION_ID_MAX, bytes.length - at);
    const text = idKey(new Uint8Array(bytes.buffer, bytes.byteOffset + at, Math.max(0, room)));
    let longest = -1;
    const own = path === undefined ? undefined : this.#ways.get(path.connection);
    for (const key of own?.ids[(path as Route<Connection>).direction] ?? []) {
      if (key.length > longest && text.startsWith(key)) longest = key.length;
    }
    for (let length = room; longest < 0 && length > 0; length--) {
      if (this.#lengths[length] !== 0 && this.#ids.has(text.slice(0, length))) longest = length;
    }
    return longest;
  }

  /** These addresses are the connection's. */
  addPath(source: string, destination: string, route: Route<Connection>): void {
    const path = `${source} ${destination}`;
    const known = this.#paths.get(path);
    if (known?.connection === route.connection && known.direction === route.direction) return;
    const { paths } = this.#waysOf(route.connection);
    this.#paths.set(path, route);
    paths.push(path);
    if (paths.length > PATHS_MAX) this.#dropPath(paths.shift() as string, route.connection);
  }

  /** Packets with this destination connection id are the connection's, sent by `route.direction`. */
  addId(id: Uint8Array, route: Route<Connection>): void {
    if (id.length === 0) return;
    const key = idKey(id);
    const ids = this.#waysOf(route.connection).ids[route.direction];
    if (ids.includes(key)) return;
    // An id that another connection has stays that one's: who announces it later may be lying.
    if (!this.#ids.has(key)) {
      this.#lengths[id.length] = (this.#lengths[id.length] as number) + 1;
      this.#ids.set(key, route);
    }
    if (id.length > this.#longest) this.#longest = id.length;
    ids.push(key);
    if (ids.length > this.#idsMax) this.#dropId(ids.shift() as string, route.connection);
  }

  /** Forgets everything that leads to a connection. */
  remove(connection: Connection): void {
    const ways = this.#ways.get(connection);
    if (ways === undefined) return;
    for (const path of ways.paths) this.#dropPath(path, connection);
    for (const key of ways.ids.client) this.#dropId(key, connection);
    for (const key of ways.ids.server) this.#dropId(key, connection);
    this.#ways.delete(connection);
  }

  #dropPath(path: string, connection: Connection): void {
    if (this.#paths.get(path)?.connection === connection) this.#paths.delete(path);
  }

  #dropId(key: string, connection: Connection): void {
    if (this.#ids.get(key)?.connection !== connection) return;
    this.#ids.delete(key);
    this.#lengths[key.length] = (this.#lengths[key.length] as number) - 1;
  }

  #waysOf(connection: Connection): Ways {
    let ways = this.#ways.get(connection);
    if (ways === undefined) {
      ways = new Ways();
      this.#ways.set(connection, ways);
    }
    return ways;
  }
}
