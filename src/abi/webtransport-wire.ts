// Registry of WebTransport over HTTP/2, spelled as in the draft: its settings (draft-ietf-webtrans-http2 section 11.2). Imports
// nothing.

/** Settings (draft-ietf-webtrans-http2 section 11.2). */
export const enum WtH2Setting {
  /** Draft 15: WT_ENABLED. Drafts up to 12: the number of sessions. */
  Enabled = 0x2b60,
  InitialMaxData = 0x2b61,
  InitialMaxStreamDataUni = 0x2b62,
  /** Drafts up to 13: of all bidirectional streams. */
  InitialMaxStreamDataBidiLocal = 0x2b63,
  InitialMaxStreamsUni = 0x2b64,
  InitialMaxStreamsBidi = 0x2b65,
  /** Drafts 14 and later. */
  InitialMaxStreamDataBidiRemote = 0x2b66,
}
