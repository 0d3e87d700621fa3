// The last lines: what was there, what could not be opened and why, and what to do about it.

import type { InspectSummary } from "./events.js";
import { count, printable, type TreeStyle, times } from "./tree-text.js";

/** What a person can do about packets that stayed closed. */
const ADVICE: Readonly<Record<string, string>> = {
  "no keys":
    "give --keylog FILE; browsers, curl and most clients write it where SSLKEYLOGFILE=FILE is in their environment",
  retry: "a Retry has nothing to decrypt",
  "version negotiation": "Version Negotiation has nothing to decrypt",
  padding: "octets behind the last packet of a datagram; nothing is lost",
  "not authentic":
    "the key is there, but they are damaged, forged, or from before the capture began",
  "unknown version": "a version of QUIC that tercet does not know",
  "stateless reset": "the peer had forgotten the connection",
  malformed: "no packets of QUIC and no records of TLS",
  "unknown connection": "the beginning of their connection is not in the capture",
  "unknown cipher suite": "a cipher suite without AEAD, or one that tercet does not know",
};

/** Text of the summary. `closedIn`: connections in which a reason came up. */
export function summaryText(
  summary: InspectSummary,
  closedIn: ReadonlyMap<string, number>,
  style: TreeStyle,
): string {
  const lines = [totals(summary, style)];
  const closed = Object.entries(summary.closed).sort((a, b) => b[1] - a[1]);
  if (closed.length > 0) lines.push(style.bold("not opened"));
  for (const [reason, packets] of closed) {
    const connections = closedIn.get(reason) ?? 0;
    const where = connections === 0 ? "" : ` of ${times(connections, "connection")}`;
    lines.push(
      `  ${times(packets, "packet")}${where}: ${style.warn(reason)}  ${style.dim(ADVICE[reason] ?? "")}`.trimEnd(),
    );
  }
  const other = Object.entries(summary.other).sort((a, b) => b[1] - a[1]);
  if (other.length > 0) {
    const list = other.map(([what, times]) => `${count(times)} ${printable(what)}`).join(", ");
    lines.push(`${style.bold("not read")}  ${list}`);
  }
  return `${lines.join("\n")}\n`;
}

function totals(summary: InspectSummary, style: TreeStyle): string {
  const parts = [times(summary.connections, "connection"), times(summary.messages, "message")];
  if (summary.packets > 0) parts.push(times(summary.packets, "captured packet"));
  parts.push(`${count(summary.bytes)} B`);
  const errors =
    summary.errors === 0 ? style.good("no errors") : style.bad(times(summary.errors, "error"));
  return `${style.bold("summary")}  ${parts.join(", ")}, ${errors}`;
}
