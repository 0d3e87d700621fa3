// Our own serializer. "head": the codec alone, which checks and writes a head; what is compared with string concatenation.
// "send": the same head through a connection, sendResponse or sendRequest and take(), which also owns framing and order.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { H1Connection } from "tercet/h1";
import { ROOT } from "../harness/project.js";
import type { Input } from "../inputs/input-file.js";
import type { Peer } from "./driver.js";
import type { Head } from "./heads.js";
import { checkWritten, headsOf } from "./heads.js";

/** The writer below the public interface. */
interface Codec {
  writeRequestHead(
    head: Pick<Head, "method" | "target" | "headers"> & { extra: string[] },
  ): Uint8Array;
  writeResponseHead(
    head: Pick<Head, "status" | "reason" | "headers"> & { extra: string[] },
  ): Uint8Array;
}

/** @param mode "head" or "send" */
export async function createPeer(mode: string): Promise<Peer> {
  const file = pathToFileURL(path.join(ROOT, "build/codec.js"));
  const codec = (await import(file.href)) as Codec;
  return mode === "head" ? headPeer(codec) : sendPeer();
}

function headPeer(codec: Codec): Peer {
  let heads: readonly Head[] = [];
  let write: (head: Head) => Uint8Array;
  const extra: string[] = [];
  return {
    load(input: Input) {
      heads = headsOf(input);
      write =
        input.role === "request"
          ? ({ method, target, headers }) =>
              codec.writeRequestHead({ method, target, headers, extra })
          : ({ status, reason, headers }) =>
              codec.writeResponseHead({ status, reason, headers, extra });
    },
    check: () => checkWritten(heads, write),
    pass() {
      for (const head of heads) write(head);
    },
  };
}

const GET = Buffer.from("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");

/** Answers as many pipelined requests as one pass has heads; the requests are received before the clock starts. */
function sendPeer(): Peer {
  let heads: readonly Head[] = [];
  let connection: H1Connection;
  let next = 1;
  const prepare = (passes: number): void => {
    const pipelineCount = passes * heads.length + 1;
    connection = new H1Connection({ role: "server", limits: { pipelineCount } });
    for (let i = 1; i < pipelineCount; i++) connection.receive(GET);
    next = 1;
  };
  const send = ({ status, reason, headers }: Head): Uint8Array => {
    // The content is as long as Content-Length says; it is one buffer for all, and not part of the head that is compared.
    connection.sendResponse(next++, { status, reason, headers, content: CONTENT });
    return connection.take()[0] as Uint8Array;
  };
  return {
    batch: 32,
    load(input: Input) {
      heads = headsOf(input);
    },
    check() {
      prepare(1);
      return checkWritten(heads, (head) => send(head).subarray(0, head.wire.length));
    },
    prepare,
    pass() {
      for (const head of heads) send(head);
    },
  };
}

const CONTENT = new Uint8Array(300);
