// What the readers of the streams of one HTTP/3 connection share.

import type { Direction, Draft, InspectProtocol } from "./events.js";
import { errorDraft, type Fault } from "./h3-errors.js";
import type { Varint } from "./h3-numbers.js";
import { ProbePool, type RequestInfo } from "./h3-probe.js";
import { QpackSide } from "./h3-qpack.js";

/** How an inspector works. */
export interface InspectorOptions {
  /** Every mistake is told, and reading goes on. */
  readonly lenient?: boolean;
  /** Drafts of frames and sections have their octets, at most 4,096. */
  readonly keepBytes?: boolean;
}

/** Promises that are remembered. */
const PROMISES_MAX = 10_000;

/** What one direction has said of the connection. */
export class Side {
  readonly qpack: QpackSide;
  /** A mistake ended it, and nothing of it is read any more. */
  hasFailed = false;
  /** Bytes of a control or QPACK stream are missing: what was said there is not known. */
  hasGap = false;
  settings: ReadonlyMap<Varint, Varint> | null = null;

  /** Whether all insertions of this direction were seen. */
  get isTableKnown(): boolean {
    return !this.hasGap && this.qpack.isReading;
  }

  constructor(isLenient: boolean) {
    this.qpack = new QpackSide(isLenient);
  }
}

/** State of the connection, both directions. */
export class H3Context {
  readonly isLenient: boolean;
  readonly keepBytes: boolean;
  readonly client: Side;
  readonly server: Side;
  readonly probes: ProbePool;
  /** Highest push id that the client allowed; -1: none. */
  maxPushId = -1;
  /** Promised requests by push id. */
  readonly promises = new Map<Varint, RequestInfo>();
  /** Whom requests asked. */
  readonly authorities = new Set<string>();
  #drafts: Draft[] = [];

  constructor({ lenient = false, keepBytes = false }: InspectorOptions) {
    this.isLenient = lenient;
    this.keepBytes = keepBytes;
    this.client = new Side(lenient);
    this.server = new Side(lenient);
    this.probes = new ProbePool(!lenient);
  }

  side(direction: Direction): Side {
    return direction === "client" ? this.client : this.server;
  }

  /** Behind a mistake that ended its direction, nothing is told of it. */
  emit(draft: Draft): void {
    if (!this.side(draft.direction as Direction).hasFailed) this.#drafts.push(draft);
  }

  /** What was found since the last call. */
  take(): Draft[] {
    const drafts = this.#drafts;
    this.#drafts = [];
    return drafts;
  }

  /** Tells mistakes. True: nothing more is to be read of the stream. */
  report(
    protocol: InspectProtocol,
    direction: Direction,
    streamId: Varint | null,
    faults: readonly Fault[],
  ): boolean {
    for (const fault of faults) {
      if (this.side(direction).hasFailed) return true;
      this.emit(errorDraft(protocol, direction, streamId, fault));
      if (!this.isLenient && fault.scope === "connection") this.side(direction).hasFailed = true;
      if (!this.isLenient) return true;
    }
    return false;
  }

  promise(pushId: Varint, request: RequestInfo): void {
    this.promises.set(pushId, request);
    if (this.promises.size <= PROMISES_MAX) return;
    for (const oldest of this.promises.keys()) {
      this.promises.delete(oldest);
      break;
    }
  }

  /** Whether both sides offer WebTransport, or one does where the other is not known. */
  get mayHaveSessions(): boolean {
    const offers = [this.client, this.server].map(({ settings }) => settings && offersOf(settings));
    return !offers.includes(false) && offers.includes(true);
  }
}

/** Settings by which WebTransport is offered, in its dialects. */
const WEBTRANSPORT_SETTINGS: readonly number[] = [
  0x2b603742, 0x2b603743, 0xc671706a, 0x14e9cd29, 0x2c7cf000,
];

function offersOf(settings: ReadonlyMap<Varint, Varint>): boolean {
  return WEBTRANSPORT_SETTINGS.some((id) => (settings.get(id) ?? 0) > 0);
}
