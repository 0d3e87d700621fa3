// The captures of real HTTP/3 traffic: the datagrams that we read are those that tshark reads, byte for byte, wherever
// the file was cut; and cut files give what stands before the cut.

import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { hex, itemsOf, segmentsOf } from "../helpers/capture-read.js";
import { byteWise, cutAt, randomPieces } from "../helpers/pieces.js";
import { Wireshark } from "../helpers/wireshark.js";
import { isInstalled } from "../node/peers.js";
import { dataBytes, dataPath, describeData } from "./data-folder.js";

const CAPTURES =
  process.env.TERCET_DATA === undefined
    ? []
    : readdirSync(dataPath("h3-captures")).filter((name) => name.endsWith(".pcap"));
const captureOf = (name: string) => new Uint8Array(dataBytes(`h3-captures/${name}`));

describeData("h3-captures", () => {
  test("all of them are here", () => {
    expect(CAPTURES).toHaveLength(29);
  });

  test.skipIf(!isInstalled("tshark"))("the datagrams are those of tshark", () => {
    const tools = new Wireshark();
    try {
      let count = 0;
      for (const name of CAPTURES) {
        const theirs = tools.fields(
          dataPath(`h3-captures/${name}`),
          "udp",
          "frame.number",
          "frame.time_epoch",
          "udp.srcport",
          "udp.dstport",
          "udp.payload",
        );
        const ours = segmentsOf(captureOf(name)).flatMap((segment, index) => {
          if (segment?.kind !== "udp") return [];
          const { time, sourcePort, destinationPort, bytes } = segment;
          return [
            [
              String(index + 1),
              `${time?.toFixed(6)}000`,
              String(sourcePort),
              String(destinationPort),
              hex(bytes),
            ],
          ];
        });
        expect(ours, name).toEqual(theirs);
        count += ours.length;
      }
      expect(count).toBeGreaterThan(1_800);
    } finally {
      tools.close();
    }
  });

  test.each(CAPTURES)("%s: cuts change nothing", (name) => {
    const file = captureOf(name);
    const whole = itemsOf([file]).join("\n");
    expect(whole).not.toContain("error");
    const ways = [1, 2, 3].map((seed) => randomPieces(file, seed, 10 ** (seed + 1)));
    if (file.length < 10_000) ways.push(byteWise(file));
    for (const pieces of ways)
      if (itemsOf(pieces).join("\n") !== whole) expect.fail("a cut changes it");
    // Some hundred places where the file ends: packets before it, and one error.
    const all = whole.split("\n");
    for (let cut = 1; cut < 200; cut++) {
      const length = 24 + Math.floor(((file.length - 25) * cut) / 200);
      const [first] = cutAt(file, length) as [Uint8Array];
      const lines = itemsOf([first]);
      const last = lines.at(-1) ?? "";
      const items = last.startsWith("error") ? lines.slice(0, -1) : lines;
      if (all.slice(0, items.length).join("\n") !== items.join("\n"))
        expect(items).toEqual(all.slice(0, items.length));
      if (lines !== items && items.length < lines.length)
        expect(last).toMatch(/^error CAPTURE_TRUNCATED at \d+$/);
    }
  });
});
