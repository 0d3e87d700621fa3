// What sessions report.

import type { ProtocolError } from "../errors.js";
import type { RequestHead, ResponseHead } from "../events.js";

/** What WebTransport sessions report. `sessionId` is the stream of the CONNECT that made the session. */
export type WebTransportEvent =
  /** Server: a client asks for a session: accept() or reject() it. */
  | {
      readonly type: "session";
      readonly sessionId: number;
      readonly head: RequestHead;
      /** Protocols that the client offers, first the one it likes most. */
      readonly protocols: readonly string[];
    }
  /** Client: the server accepted. */
  | {
      readonly type: "established";
      readonly sessionId: number;
      readonly head: ResponseHead;
      /** The protocol that the server chose. */
      readonly protocol: string | null;
    }
  /** Client: the server answered with another status; there is no session. */
  | { readonly type: "refused"; readonly sessionId: number; readonly head: ResponseHead }
  /** The peer opened a stream. */
  | {
      readonly type: "stream";
      readonly sessionId: number;
      readonly streamId: number;
      readonly unidirectional: boolean;
    }
  /** Bytes of a stream: a view of what the connection was given. */
  | {
      readonly type: "streamData";
      readonly sessionId: number;
      readonly streamId: number;
      readonly bytes: Uint8Array;
    }
  /** The peer ended its side of a stream. */
  | { readonly type: "streamEnd"; readonly sessionId: number; readonly streamId: number }
  /** The peer gave up its side. `code` is null where it was no application's. */
  | {
      readonly type: "streamReset";
      readonly sessionId: number;
      readonly streamId: number;
      readonly code: number | null;
      /** It went with the session, of whose end we will hear. */
      readonly ofSession: boolean;
    }
  /** The peer wants no more on a stream: our side was given up. */
  | {
      readonly type: "streamStopped";
      readonly sessionId: number;
      readonly streamId: number;
      readonly code: number | null;
      readonly ofSession: boolean;
    }
  /** There is room again after sendStream gave false. */
  | { readonly type: "streamWritable"; readonly sessionId: number; readonly streamId: number }
  /** openStream gave -1, and would not now. */
  | {
      readonly type: "streamsAllowed";
      readonly sessionId: number;
      readonly unidirectional: boolean;
    }
  /** A datagram: a view of what the connection was given, or bytes to own. */
  | { readonly type: "datagram"; readonly sessionId: number; readonly bytes: Uint8Array }
  /** The peer asks to end soon: WT_DRAIN_SESSION, or GOAWAY of the connection. */
  | { readonly type: "draining"; readonly sessionId: number }
  /** The session is over, and all of its streams. */
  | {
      readonly type: "closed";
      readonly sessionId: number;
      readonly code: number;
      readonly reason: string;
      /** False: reset, or the connection is gone. */
      readonly isClean: boolean;
    }
  /** The peer broke the protocol: the session is over. */
  | { readonly type: "error"; readonly sessionId: number; readonly error: ProtocolError };
