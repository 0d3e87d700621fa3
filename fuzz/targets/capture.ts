// CaptureReader, PacketDecoder, TcpTracker: any file, uncut and cut. Packets lie in the file one behind the other, segments in
// their packets, data of a TCP connection in order.

import { CAPTURE_TOKENS, inspectArbitraries } from "tercet/fuzz";
import { CaptureReader, PacketDecoder, TcpTracker } from "tercet/inspect";
import { fault, somePieces, type Target } from "./target.js";

/** The target. */
export const capture: Target = {
  name: "capture",
  about: "CaptureReader, PacketDecoder, TcpTracker: cuts, places of packets, order of data",
  corpus: "captures",
  tokens: CAPTURE_TOKENS,
  arbitrary: (fc) => {
    const { broken, segments } = inspectArbitraries(fc);
    return fc.oneof(
      { weight: 3, arbitrary: broken("capture") },
      { weight: 1, arbitrary: segments.map(captured) },
    );
  },
  check(input) {
    const whole = read([input], input.length);
    const cut = read(somePieces(input), input.length);
    const at = whole.findIndex((line, index) => line !== cut[index]);
    if (at >= 0 || cut.length !== whole.length) {
      fault(
        `line ${at}: whole "${whole.at(at)}", cut "${cut[at]}" (${whole.length} and ${cut.length} lines)`,
      );
    }
    return whole
      .map((line) => line.split(" ").slice(0, 2).join("").slice(0, 24))
      .slice(-10)
      .join(" ");
  },
};

/** Raw IP packets as a pcap. */
function captured(packets: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(101, 20);
  const parts = packets.flatMap((bytes) => {
    const front = Buffer.alloc(16);
    front.writeUInt32LE(bytes.length, 8);
    front.writeUInt32LE(bytes.length, 12);
    return [front, bytes];
  });
  return new Uint8Array(Buffer.concat([header, ...parts]));
}

/** A line for each thing that was found, the same for every cut. */
function read(pieces: readonly Uint8Array[], length: number): string[] {
  const reader = new CaptureReader();
  const decoder = new PacketDecoder();
  const tracker = new TcpTracker();
  const flows = new Map<string, number>();
  const lines: string[] = [];
  let last = 0;
  const items = (list: ReturnType<CaptureReader["push"]>): void => {
    for (const item of list) {
      if (lines.at(-1)?.startsWith("error")) fault(`${item.kind} behind the error`);
      if (item.kind === "packet") {
        if (item.offset < last || item.offset + item.bytes.length > length) {
          fault(`a packet at ${item.offset} of ${item.bytes.length} in ${length}`);
        }
        last = item.offset + item.bytes.length;
        lines.push(`packet ${item.linkType} ${item.time} ${item.bytes.length} ${item.offset}`);
        packet(item);
      } else if (item.kind === "secrets") {
        // Long ones come in pieces.
        lines.push(`secrets ${item.type}`);
      } else {
        if (item.offset > length) fault(`an error at ${item.offset} of ${length}`);
        lines.push(`error ${item.code} ${item.offset}`);
      }
    }
  };
  const packet = (item: Parameters<PacketDecoder["decode"]>[0]): void => {
    const segment = decoder.decode(item);
    if (segment === null) return;
    const hex = "bytes" in segment ? Buffer.from(segment.bytes).toString("hex") : segment.what;
    if (segment.kind === "other" && !/^[ -~]*$/.test(segment.what)) fault("a control character");
    lines.push(
      `${segment.kind} ${"source" in segment ? `${segment.source} ${segment.destination}` : ""} ${hex}`,
    );
    if (segment.kind === "tcp") tell(tracker.receive(segment));
  };
  const tell = (events: ReturnType<TcpTracker["receive"]>): void => {
    for (const event of events) {
      const name = `${event.id} ${"direction" in event ? event.direction : ""}`;
      if (event.kind === "data" || event.kind === "gap") {
        const size = event.kind === "data" ? event.bytes.length : event.length;
        const from = flows.get(name) ?? 0;
        if (event.offset !== from || size <= 0)
          fault(`${event.kind} of ${name} at ${event.offset} behind ${from}`);
        flows.set(name, from + size);
      }
      const hex = event.kind === "data" ? Buffer.from(event.bytes).toString("hex") : "";
      lines.push(`tcp-${event.kind} ${name} ${hex}`);
    }
  };
  for (const piece of pieces) items(reader.push(piece));
  items(reader.end());
  tell(tracker.end());
  return lines;
}
