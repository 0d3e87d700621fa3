// Our own parser alone: the codec, driven as the peers' parsers are, without a connection around it. Three modes:
//
//   tape      a sink that reads no string and takes no body bytes: messages are located, checked and framed
//   lazy      a sink that reads three fields of each head
//   strings   a sink that reads method and target, or status and reason, and every name and value
//
// All but "tape" take the body bytes. One parser lives as long as a keep-alive connection would. What a connection adds is
// in tercet-connection.ts.

import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Fields } from "tercet";
import { ROOT } from "../harness/project.js";
import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

/** The part of a head on the tape that is read here. */
interface HeadView extends Fields {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly reason: string | null;
}

interface H1Parser {
  parse(bytes: Uint8Array, from: number, sink: Sink): number;
}

/** The codec below the public interface, bundled as the package is. */
interface Codec {
  readonly H1Parser: new () => H1Parser;
  h1Settings(options: { role: "server" | "client" }): { readonly config: Uint32Array };
}

/** ContextFlag.Response: the next message answers a request. */
const RESPONSE = 1;
/** More messages than a piece can hold. */
const BUDGET = 1000;

/** The fields of the workloads that an application is most likely to ask for; the first three that occur are read. */
const WANTED = [
  "cookie",
  "content-type",
  "accept-encoding",
  "etag",
  "host",
  "authorization",
].concat(["content-length", "user-agent", "accept"]);

/** What the parser calls. The modes differ in `onHead` alone. */
abstract class Sink {
  readonly config: Uint32Array;
  readonly context: number;
  readonly budget = BUDGET;
  readonly wantsData: boolean;
  readonly counts: Counts;

  constructor(codec: Codec, input: Input, counts: Counts, wantsData: boolean) {
    const isRequest = input.role === "request";
    this.config = codec.h1Settings({ role: isRequest ? "server" : "client" }).config;
    this.context = isRequest ? 0 : RESPONSE;
    this.counts = counts;
    this.wantsData = wantsData;
  }

  abstract onHead(view: HeadView): void;

  onData(bytes: Uint8Array): void {
    this.counts.bodyBytes += bytes.length;
  }

  onEnd(): void {
    this.counts.messages += 1;
  }

  onTrailers(): void {}
  onChunk(): void {}
  onLeniency(): void {}
  onPreface(): void {}

  onError(code: number, offset: number): void {
    throw new Error(`input refused: error ${code} at byte ${offset}`);
  }
}

class TapeSink extends Sink {
  override onHead(): void {}
}

class LazySink extends Sink {
  names: readonly string[] = [];

  override onHead(view: HeadView): void {
    for (const name of this.names) this.counts.fields += view.get(name) === null ? 0 : 1;
  }
}

class StringsSink extends Sink {
  override onHead(view: HeadView): void {
    if (this.context === RESPONSE) {
      if (view.status === 0 || view.reason === "") throw new Error("no status, or no reason");
    } else if (view.method === "" || view.target === "") throw new Error("no method, or no target");
    this.counts.fields += view.rawHeaders.length / 2;
  }
}

/** @param mode "tape", "lazy" or "strings" */
export async function createPeer(mode: string): Promise<Peer> {
  const file = pathToFileURL(path.join(ROOT, "build/codec.js"));
  const codec = (await import(file.href)) as Codec;
  const counts = noCounts();
  let input: Input;
  let parser: H1Parser;
  let sink: Sink;
  return {
    load(next) {
      input = next;
      parser = new codec.H1Parser();
      sink = modeSink(mode, codec, input, counts);
    },
    check() {
      const found = noCounts();
      const counting = new StringsSink(codec, input, found, true);
      feed(new codec.H1Parser(), input, counting);
      return found;
    },
    pass: () => feed(parser, input, sink),
  };
}

function feed(parser: H1Parser, input: Input, sink: Sink): void {
  for (const piece of input.pieces) {
    let at = parser.parse(piece, 0, sink);
    // A head that outgrew its buffer has a larger one now, and goes on.
    if (at < piece.length) at = parser.parse(piece, at, sink);
    if (at !== piece.length) throw new Error("input refused");
  }
}

function modeSink(mode: string, codec: Codec, input: Input, counts: Counts): Sink {
  if (mode === "tape") return new TapeSink(codec, input, counts, false);
  if (mode === "strings") return new StringsSink(codec, input, counts, true);
  const sink = new LazySink(codec, input, counts, true);
  sink.names = wantedNames(input);
  return sink;
}

/** Which three fields "lazy" reads, taken from the first message. */
function wantedNames(input: Input): string[] {
  const text = Buffer.concat(input.pieces.slice(0, 2000)).toString("latin1").toLowerCase();
  const head = text.slice(0, text.indexOf("\r\n\r\n"));
  return WANTED.filter((name) => head.includes(`\r\n${name}:`)).slice(0, 3);
}
