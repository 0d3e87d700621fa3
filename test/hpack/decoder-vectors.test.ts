// The examples of RFC 7541 appendix C that a decoder can be given.

import { HpackDecoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { hex } from "../helpers/hpack-wire.js";

const REQUESTS = [
  [":method GET", ":scheme http", ":path /", ":authority www.example.com"],
  [
    ":method GET",
    ":scheme http",
    ":path /",
    ":authority www.example.com",
    "cache-control no-cache",
  ],
  [
    ...[":method GET", ":scheme https", ":path /index.html", ":authority www.example.com"],
    "custom-key custom-value",
  ],
];

const DATE_1 = "date Mon, 21 Oct 2013 20:13:21 GMT";
const DATE_2 = "date Mon, 21 Oct 2013 20:13:22 GMT";
const LOCATION = "location https://www.example.com";
const COOKIE = "set-cookie foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
const RESPONSES = [
  [":status 302", "cache-control private", DATE_1, LOCATION],
  [":status 307", "cache-control private", DATE_1, LOCATION],
  [":status 200", "cache-control private", DATE_2, LOCATION, "content-encoding gzip", COOKIE],
];

const SERIES: [string, number, string[], string[][], number[]][] = [
  [
    "HP-001 HP-002 C.3 requests without Huffman coding",
    4096,
    [
      "828684410f7777772e6578616d706c652e636f6d",
      "828684be58086e6f2d6361636865",
      "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ],
    REQUESTS,
    [57, 110, 164],
  ],
  [
    "HP-002 HP-036 C.4 requests with Huffman coding",
    4096,
    [
      "828684418cf1e3c2e5f23a6ba0ab90f4ff",
      "828684be5886a8eb10649cbf",
      "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ],
    REQUESTS,
    [57, 110, 164],
  ],
  [
    "HP-002 HP-008 C.5 responses without Huffman coding, with eviction",
    256,
    [
      "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54" +
        "6e1768747470733a2f2f7777772e6578616d706c652e636f6d",
      "4803333037c1c0bf",
      "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d" +
        "4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b207665" +
        "7273696f6e3d31",
    ],
    RESPONSES,
    [222, 222, 215],
  ],
  [
    "HP-002 HP-036 C.6 responses with Huffman coding, with eviction",
    256,
    [
      "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b" +
        "97c8e9ae82ae43d3",
      "4883640effc1c0bf",
      "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdf" +
        "cd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ],
    RESPONSES,
    [222, 222, 215],
  ],
];

describe.each(SERIES)("%s", (_name, maxTableSize, blocks, lists, sizes) => {
  test("every block, and the size of the table behind it", () => {
    const decoder = new HpackDecoder({ maxTableSize });
    blocks.forEach((block, i) => {
      const flat = (lists[i] as string[]).flatMap((field) => {
        const space = field.indexOf(" ");
        return [field.slice(0, space), field.slice(space + 1)];
      });
      expect(decoder.decode(hex(block))).toEqual(flat);
      expect(decoder.tableSize).toBe(sizes[i]);
    });
  });
});

describe("single representations", () => {
  test.each<[string, string, string[], number]>([
    [
      "HP-028 C.2.1 a literal that is indexed",
      "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
      ["custom-key", "custom-header"],
      55,
    ],
    [
      "HP-029 C.2.2 a literal without indexing",
      "040c2f73616d706c652f70617468",
      [":path", "/sample/path"],
      0,
    ],
    [
      "HP-030 C.2.3 a literal never indexed",
      "100870617373776f726406736563726574",
      ["password", "secret"],
      0,
    ],
    ["HP-003 C.2.4 an indexed field", "82", [":method", "GET"], 0],
    [
      "HP-017 C.1.2 an integer of three octets, as a size update",
      "3f9a0a82",
      [":method", "GET"],
      0,
    ],
  ])("%s", (_name, block, list, tableSize) => {
    const decoder = new HpackDecoder();
    expect(decoder.decode(hex(block))).toEqual(list);
    expect(decoder.tableSize).toBe(tableSize);
  });
});
