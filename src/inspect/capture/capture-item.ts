// What a capture file holds, as readers of pcap and pcapng give it.

import type { ErrorName } from "../../index.js";

/** A packet as it was captured. */
export interface CapturePacket {
  readonly kind: "packet";
  /** When: seconds since 1970. null where the file does not say it. */
  readonly time: number | null;
  /** Number of the interface in its section of the file; 0 in pcap. */
  readonly interfaceId: number;
  /** What the packet begins with: a LINKTYPE_ number. */
  readonly linkType: number;
  /** Bytes of the file before the packet's first one. */
  readonly offset: number;
  /** What was kept of it. A view, valid until the next push(). */
  readonly bytes: Uint8Array;
  /** Octets that it had on the wire. */
  readonly originalLength: number;
}

/** Decryption secrets that stand in the file (pcapng). Large ones come in pieces of at most 64 KiB. */
export interface CaptureSecrets {
  readonly kind: "secrets";
  /** SECRETS_TLS_KEY_LOG: an NSS key log. */
  readonly type: number;
  /** A view, valid until the next push(). */
  readonly bytes: Uint8Array;
  /** Whether it is the last piece of its block. */
  readonly isEnd: boolean;
}

/** The file is broken or cut here. The last item. */
export interface CaptureError {
  readonly kind: "error";
  readonly code: ErrorName;
  /** Bytes of the file before the packet or block that is wrong. */
  readonly offset: number;
}

export type CaptureItem = CapturePacket | CaptureSecrets | CaptureError;

/** Type of secrets: an NSS key log ("TLSK"). */
export const SECRETS_TLS_KEY_LOG = 0x544c534b;

/** Reads the records of one format, one at a time, wherever the input was cut. */
export interface CaptureFormat {
  /** Octets that read() must see to go on. Bounded, whatever the file says. */
  needed: number;
  /** Octets to pass over, unseen, before the next read(). */
  skip: number;
  /** Where the record begins of which something was taken already, but not all; -1 between records. */
  readonly begunAt: number;
  /** Whether an error was given. */
  isFailed: boolean;
  /**
   * Reads on in bytes[at, end); `offset` bytes of the file stand before. Gives what it took: at least
   * `needed` octets, or 0 where those do not suffice, with `needed` told anew.
   */
  read(bytes: Uint8Array, at: number, end: number, offset: number, items: CaptureItem[]): number;
}
