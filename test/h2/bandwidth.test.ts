// Receive windows from bandwidth times delay: a path is simulated, in milliseconds of its own, and the
// window must come to fill it, stay there, and never leave its bounds.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BandwidthEstimator } from "../../src/connection/h2-bandwidth.js";

/**
 * Content over a path of `rate` bytes a millisecond and a round trip of `delay`: each millisecond brings
 * what the rate and the window allow. Where more waits than fits, the queue makes round trips longer.
 */
function transfer(rate: number, delay: number, start: number, duration: number, max?: number) {
  const estimator = new BandwidthEstimator(start, max);
  const windows: number[] = [];
  let pings = 0;
  let ackAt = Number.POSITIVE_INFINITY;
  for (let now = 0; now < duration; now++) {
    const trip = Math.max(delay, estimator.window / rate);
    const bytes = Math.min(rate, estimator.window / delay);
    if (estimator.sample(now, bytes)) {
      estimator.pingSent(now);
      pings++;
      ackAt = now + Math.round(trip);
    } else if (now >= ackAt) {
      ackAt = Number.POSITIVE_INFINITY;
      const window = estimator.pingAcked(now);
      if (window > 0) windows.push(window);
    }
  }
  return { estimator, windows, pings };
}

describe("a path", () => {
  test.each([
    ["fast and long: 1 Gbit/s, 100 ms", 125_000, 100, 65_535],
    ["slow and long: 10 Mbit/s, 200 ms", 1250, 200, 65_535],
    ["fast and short: 1 Gbit/s, 2 ms", 125_000, 2, 65_535],
  ])(
    "%s: the window comes to hold bandwidth x delay, and not a multiple of it",
    (_name, rate, delay, start) => {
      const { estimator, windows } = transfer(rate, delay, start, 20_000);
      const product = rate * delay;
      expect(estimator.window).toBeGreaterThanOrEqual(Math.min(product, 16 * 1024 * 1024));
      expect(estimator.window).toBeLessThanOrEqual(Math.max(5 * product, start));
      expect(windows).toEqual([...windows].sort((a, b) => a - b));
    },
  );

  test("a window that is large enough grows once at most, to learn it, and PINGs become rare", () => {
    const { windows, pings } = transfer(100, 10, 65_535, 60_000);
    expect(windows.length).toBeLessThanOrEqual(1);
    expect(pings).toBeLessThan(20);
  });

  test("the largest window is never exceeded, and there no PING is needed", () => {
    const { estimator, windows, pings } = transfer(125_000, 100, 65_535, 20_000, 1_000_000);
    expect(estimator.window).toBe(1_000_000);
    expect(windows.at(-1)).toBe(1_000_000);
    expect(pings).toBeLessThan(10);
  });

  test("a trickle asks for no window", () => {
    const { windows } = transfer(1, 50, 65_535, 20_000);
    expect(windows).toEqual([]);
  });
});

describe("one measurement", () => {
  test("bytes before the PING and behind its acknowledgement do not count", () => {
    const estimator = new BandwidthEstimator(1000);
    expect(estimator.sample(0, 5000)).toBe(true);
    estimator.pingSent(0);
    expect(estimator.sample(1, 400)).toBe(false);
    expect(estimator.pingAcked(10)).toBe(0);
    expect(estimator.window).toBe(1000);
    expect(estimator.roundTrip).toBe(10);
  });

  test("what nearly fills the window doubles", () => {
    const estimator = new BandwidthEstimator(1000);
    estimator.pingSent(0);
    estimator.sample(1, 700);
    expect(estimator.pingAcked(10)).toBe(1400);
    expect(estimator.window).toBe(1400);
  });

  test("more bytes in a much longer round trip are a queue, and no reason to grow", () => {
    const estimator = new BandwidthEstimator(1000);
    estimator.pingSent(0);
    estimator.sample(1, 1000);
    expect(estimator.pingAcked(10)).toBe(2000);
    estimator.pingSent(20);
    estimator.sample(21, 2000);
    expect(estimator.pingAcked(60)).toBe(0);
  });

  test("an acknowledgement that nobody waits for, and a clock that goes back, say nothing", () => {
    const estimator = new BandwidthEstimator(1000);
    expect(estimator.pingAcked(10)).toBe(0);
    estimator.pingSent(100);
    estimator.sample(100, 1000);
    expect(estimator.pingAcked(50)).toBe(0);
    expect(estimator.roundTrip).toBe(0);
    expect(estimator.sample(60, 1)).toBe(true);
  });

  test("nothing that came is no reason for a PING", () => {
    expect(new BandwidthEstimator(1000).sample(0, 0)).toBe(false);
  });

  test("after a round trip that taught nothing it waits: 100 ms, 200 ms, … 10 s", () => {
    const estimator = new BandwidthEstimator(1000);
    const pauses: number[] = [];
    let now = 0;
    for (let i = 0; i < 10; i++) {
      estimator.pingSent(now);
      estimator.pingAcked(now);
      const from = now;
      while (!estimator.sample(now, 1)) now += 50;
      pauses.push(now - from);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
  });
});

test("whatever comes at whatever time: the window only grows, in whole steps, up to its bound", () => {
  const operation = fc.record({
    kind: fc.constantFrom("sample", "sent", "acked"),
    pass: fc.integer({ min: -5, max: 1000 }),
    bytes: fc.nat({ max: 2 ** 24 }),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const estimator = new BandwidthEstimator(65_535, 1_000_000);
      let now = -100;
      let window = 65_535;
      for (const { kind, pass, bytes } of operations) {
        now += pass;
        if (kind === "sample") estimator.sample(now, bytes);
        else if (kind === "sent") estimator.pingSent(now);
        else {
          const given = estimator.pingAcked(now);
          expect(given === 0 || (given > window && given <= 1_000_000)).toBe(true);
          window = Math.max(window, given);
        }
        expect(estimator.window).toBe(window);
      }
    }),
  );
});
