// Windows that follow bandwidth x delay: how much came in while a PING was under way says how large a window the path
// needs. Time is the injected clock's. One estimate serves the connection and its streams.

import { BandwidthEstimator } from "./h2-bandwidth.js";
import type { H2Core } from "./h2-core.js";
import { type H2Config, WINDOW_MAX } from "./h2-options.js";

/** The PING of a measurement; the bytes mean nothing. */
const PAYLOAD = new Uint8Array([0x74, 0x65, 0x72, 0x63, 0x65, 0x74, 0, 2]);

/** The windows of one connection that adapts. */
export class AdaptiveWindows {
  /** Window that streams should have, 0 = as SETTINGS say. */
  streamWindow = 0;
  /** Window that the connection should have. */
  connectionWindow: number;
  readonly #estimator: BandwidthEstimator;
  readonly #clock: () => number;
  #isMeasuring = false;

  constructor(config: H2Config) {
    this.connectionWindow = config.connectionWindow;
    this.#estimator = new BandwidthEstimator(config.streamWindow);
    this.#clock = config.clock as () => number;
  }

  /** Content came in. */
  onData(length: number, core: H2Core): void {
    const now = this.#clock();
    if (!this.#estimator.sample(now, length)) return;
    core.output.ping(false, PAYLOAD);
    this.#estimator.pingSent(now);
    this.#isMeasuring = true;
  }

  /** True: it was ours. */
  onPingAck(payload: Uint8Array): boolean {
    if (!this.#isMeasuring || !payload.every((byte, i) => byte === PAYLOAD[i])) return false;
    this.#isMeasuring = false;
    const window = this.#estimator.pingAcked(this.#clock());
    if (window === 0) return true;
    this.streamWindow = Math.min(window, WINDOW_MAX);
    this.connectionWindow = Math.max(this.connectionWindow, this.streamWindow);
    return true;
  }
}
