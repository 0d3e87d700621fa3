// Everything that is timed on QUIC, ours and others', and which of them do comparable work.

import { buildWithLibraries, type Program } from "../harness/install.js";
import type { PeerSpec } from "../harness/peer-process.js";
import type { Peers } from "../harness/peers.js";
import { isBuilt, nativePeer, nodePeer, sorted } from "../harness/peers.js";

/** Which peers do the same work as one of our modes: what "where we lose" compares. */
export const COMPARABLE: Readonly<Record<string, readonly string[]>> = {
  tercet: ["node-crypto", "ngtcp2-c", "openssl-c"],
  "tercet-node": ["node-crypto", "openssl-c"],
  "tercet-objects": ["ngtcp2-c"],
  "inspect-json": ["tshark-json", "tshark"],
};

/** What the columns of the times are. */
export const NOTES =
  "Columns. Rows frames, an item is a frame: tercet = the reader below the public interface, which makes no objects; objects =\n" +
  "parseFrames. Rows headers, an item is a packet: objects = parseDatagram. Rows masks, an item is the mask of a packet: 32 in a call\n" +
  "of HeaderKey.masks, or one at a time by HeaderKey.mask. Rows open, an item is a text: AeadKey.open. Rows packets, an item is a\n" +
  "packet from its protected octets to its frames: parseDatagram, openBatch of 32 (one at a time: unprotect), reader. tercet = AEADs in\n" +
  "WebAssembly, + node:crypto = nodeAead of tercet/node. node:crypto alone is one cipher object a mask and one decipher object a text,\n" +
  "with KeyObjects or octets as keys, and in rows packets our reader of frames. ngtcp2 in C decodes headers and frames; OpenSSL in C\n" +
  "keeps a context for each key, and in rows packets has ngtcp2's decoder of frames. Rows inspect, an item is 1,000 octets of capture.";

const OPTIMIZED = ["-O2"];

/** What a row is about: the first word of its name. */
export type QuicWork = "frames" | "headers" | "masks" | "open" | "packets";

export const WORKS: readonly QuicWork[] = ["frames", "headers", "masks", "open", "packets"];

/** Lists what is measured in the rows of one kind. */
export function quicPeers(work: QuicWork): Peers {
  return sorted([...(isBuilt("quic") ? ours(work) : ["tercet"]), ...others(work)]);
}

function ours(work: QuicWork): PeerSpec[] {
  const peer = (id: string, title: string, module: string, mode: string): PeerSpec =>
    nodePeer(id, title, "tercet", module, mode);
  switch (work) {
    case "frames":
      return [
        peer("tercet", "tercet", "tercet-quic-parse", "reader"),
        peer("tercet-objects", "objects", "tercet-quic-parse", "frames"),
      ];
    case "headers":
      return [peer("tercet-objects", "objects", "tercet-quic-parse", "datagrams")];
    case "masks":
      return [
        peer("tercet", "tercet", "tercet-quic-crypto", "masks-wasm"),
        peer("tercet-each", "one at a time", "tercet-quic-crypto", "mask-wasm"),
        peer("tercet-node", "+ node:crypto", "tercet-quic-crypto", "masks-node"),
      ];
    case "open":
      return [
        peer("tercet", "tercet", "tercet-quic-crypto", "open-wasm"),
        peer("tercet-node", "+ node:crypto", "tercet-quic-crypto", "open-node"),
      ];
    case "packets":
      return [
        peer("tercet", "tercet", "tercet-quic-packets", "batch-wasm"),
        peer("tercet-each", "one at a time", "tercet-quic-packets", "each-wasm"),
        peer("tercet-node", "+ node:crypto", "tercet-quic-packets", "batch-node"),
      ];
  }
}

function others(work: QuicWork): (PeerSpec | string)[] {
  const node = (mode: string): PeerSpec =>
    nodePeer("node-crypto", "node:crypto alone", openssl(), "node-quic", mode);
  const raw = nodePeer("node-raw", "keys as octets", openssl(), "node-quic", "open-raw");
  const c = (name: string, program: Program | null): PeerSpec | string =>
    nativePeer(`${name.toLowerCase()}-c`, `${name} C`, program);
  switch (work) {
    case "frames":
    case "headers":
      return [c("ngtcp2", native(`ngtcp2-${work}`, ["libngtcp2"]))];
    case "masks":
      return [node(work), c("OpenSSL", native("openssl-masks", ["libcrypto"]))];
    case "open":
      return [node(work), raw, c("OpenSSL", native("openssl-open", ["libcrypto"]))];
    case "packets":
      return [node(work), c("OpenSSL", native("openssl-packets", ["libngtcp2", "libcrypto"]))];
  }
}

/** node:crypto is the OpenSSL that Node brings. */
function openssl(): string {
  return `node ${process.versions.node}, OpenSSL ${process.versions.openssl}`;
}

/** ngtcp2's decoder of frames is hidden in its shared library. */
function native(name: string, libraries: readonly string[]): Program | null {
  return buildWithLibraries(name, libraries, OPTIMIZED, ["libngtcp2"]);
}

/** What growing inputs are measured with. */
export function growthPeer(mode: string): PeerSpec {
  return nodePeer("tercet", "tercet", "tercet", "tercet-quic-growth", mode);
}
