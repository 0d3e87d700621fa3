// Peer: the codec inside the npm package http2 (molnarg), HTTP/2 in plain JavaScript from before Node had its own. It gives an
// object of fields, so that fields of one name come together, and cookies as one.

import { createRequire } from "node:module";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { PEERS } from "../harness/project.js";
import { decodingPeer } from "./blocks.js";
import type { Peer } from "./driver.js";

type Headers = Record<string, string | string[]>;

interface Package {
  readonly Decompressor: new (log: object, type: string) => { decompress(block: Buffer): Headers };
}

const file = path.join(PEERS, "node_modules/http2/lib/protocol/compressor.js");
const { Decompressor } = createRequire(file)(file) as Package;

const nothing = (): void => {};
const LOG = { child: () => LOG, trace: nothing, debug: nothing, error: nothing };

/** It decodes only: what it encodes is an object, too, and so not the same list. */
export function createPeer(): Peer {
  const peer = decodingPeer(() => {
    const decompressor = new Decompressor(LOG, "REQUEST");
    return (block) => decompressor.decompress(block);
  }, countOf);
  return {
    ...peer,
    // Its streams leave callbacks in the event loop.
    async pass() {
      peer.pass();
      await setImmediate();
    },
  };
}

function countOf(headers: Headers): number {
  let count = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (Array.isArray(value)) count += value.length;
    else count += name === "cookie" ? value.split("; ").length : 1;
  }
  return count;
}
