// HTTP/3 on the command line: over the optional peer @matrixai/quic, where it is installed.

import { type QuicheBinding, type QuicTransport, quicheTransport } from "../adapters/node/index.js";

/** What to say where it is missing. */
export const NO_QUICHE = "HTTP/3 needs the package @matrixai/quic: npm install @matrixai/quic";

// Not a literal: the package is an optional peer, and no bundler shall look for it.
const PACKAGE: string = "@matrixai/quic";

/** The transport; null: the package is not installed, or has no binary for this machine. */
export async function quiche(): Promise<QuicTransport | null> {
  try {
    const { native } = (await import(PACKAGE)) as { native: { quiche: QuicheBinding } };
    return quicheTransport(native.quiche);
  } catch {
    return null;
  }
}
