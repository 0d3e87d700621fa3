// The SIMD kernels against their scalar twins, in the engine itself: all 256 bytes at all 16 lanes, behind
// every length of a run that does not stop, and with the sentinel at every tail.

import { describe, expect, test } from "vitest";
import { WINDOW } from "../../src/abi/memory.js";
import { H1Instance } from "../../src/engine/h1-instance.js";

type Kernel = (at: number) => number;

const instance = new H1Instance();
const kernels = instance.exports as unknown as Record<string, Kernel>;
const { u8 } = instance;

/** Name, kernel, scalar twin, a byte that it passes over. */
const PAIRS = [
  ["tokenEnd", "kernelTokenEnd", "tokenEndScalar", 0x61],
  ["targetEnd", "kernelTargetEnd", "targetEndScalar", 0x2f],
  ["valueEnd", "kernelValueEnd", "valueEndScalar", 0x20],
  ["plainValueEnd", "kernelPlainValueEnd", "plainValueEndScalar", 0xe9],
  ["regNameEnd", "kernelRegNameEnd", "regNameEndScalar", 0x7e],
] as const;

/** Runs kernel and twin on what stands in the window. */
function ends(kernel: string, scalar: string, at: number): [number, number] {
  return [(kernels[kernel] as Kernel)(at), (kernels[scalar] as Kernel)(at)];
}

describe.each(PAIRS)("%s", (_name, kernel, scalar, passed) => {
  test("every byte at every lane of three vectors", () => {
    for (let lane = 0; lane < 48; lane++) {
      for (let byte = 0; byte < 256; byte++) {
        u8.fill(passed, WINDOW, WINDOW + 64);
        u8[WINDOW + 64] = 0;
        u8[WINDOW + lane] = byte;
        const [simd, naive] = ends(kernel, scalar, WINDOW);
        if (simd !== naive) expect([lane, byte, simd]).toEqual([lane, byte, naive]);
      }
    }
  });

  test("the sentinel at every tail, from every start, whatever stands behind it", () => {
    for (let start = 0; start < 16; start++) {
      for (let length = 0; length < 40; length++) {
        u8.fill(passed, WINDOW, WINDOW + 128);
        u8[WINDOW + start + length] = 0;
        const [simd, naive] = ends(kernel, scalar, WINDOW + start);
        expect(simd - WINDOW).toBe(start + length);
        expect(naive).toBe(simd);
      }
    }
  });

  test("a byte of the class never stops it, any other does", () => {
    for (let byte = 0; byte < 256; byte++) {
      u8.fill(byte, WINDOW, WINDOW + 32);
      u8[WINDOW + 32] = 0;
      const [simd, naive] = ends(kernel, scalar, WINDOW);
      expect([0, 32]).toContain(simd - WINDOW);
      expect(simd).toBe(naive);
    }
  });
});
