// The state machine by operations: random commands on two ends of ours that are joined in memory, delivered in random
// pieces. Every message arrives as it was sent, no window is exceeded, neither end sees an error, and both can close.

import fc from "fast-check";
import type { H2Options } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { close, compare, consumeAll, type End, Pair, textOf } from "../helpers/h2-pair.js";

/** What the model knows of a message to send. */
interface Outgoing {
  state: "idle" | "open" | "done";
  /** Octets of content that are still owed, where a length was said; null: as many as one likes. */
  owed: number | null;
}

/** The user's own view of both ends. */
interface Model {
  readonly requests: Map<number, Outgoing>;
  readonly responses: Map<number, Outgoing>;
}

type Kind =
  | "request"
  | "respond"
  | "inform"
  | "data"
  | "trailers"
  | "end"
  | "reset"
  | "push"
  | "ping"
  | "settings"
  | "priority"
  | "consume"
  | "deliver";

/** Numbers that a command takes its choices from. */
interface Operation {
  kind: Kind;
  end: End;
  pick: number;
  size: number;
  form: number;
}

const FIELDS: readonly (readonly string[])[] = [
  [],
  ["x-a", "1"],
  ["cookie", "a=b", "cookie", "c=d"],
  ["x-long", "y".repeat(300), "x-a", "2"],
  ["authorization", "Basic eDp5", "accept", "*/*"],
];
const WINDOWS = [0, 1, 10, 1_000, 65_535, 200_000];
const TABLES = [0, 64, 4_096];
const FRAMES = [16_384, 20_000];

class Command implements fc.Command<Model, Pair> {
  constructor(private readonly op: Operation) {}

  toString(): string {
    const { kind, end, pick, size, form } = this.op;
    return `${end}.${kind}(${pick}, ${size}, ${form})`;
  }

  check(model: Readonly<Model>): boolean {
    const { kind, end } = this.op;
    if (kind === "request") return model.requests.size < 40;
    if (kind === "respond" || kind === "inform" || kind === "push")
      return this.answerable(model) !== undefined;
    if (kind === "data" || kind === "trailers" || kind === "end")
      return this.openOf(model, end) !== undefined;
    return true;
  }

  run(model: Model, pair: Pair): void {
    const { kind, end, pick, size, form } = this.op;
    const connection = pair.ends[end];
    if (kind === "request") this.sendRequest(model, pair);
    else if (kind === "respond") this.sendResponse(model, pair);
    else if (kind === "inform") this.sendInterim(model, pair);
    else if (kind === "push") this.push(model, pair);
    else if (kind === "data") this.sendData(model, pair);
    else if (kind === "trailers" || kind === "end") this.finish(model, pair);
    else if (kind === "reset") this.reset(model, pair);
    else if (kind === "ping") connection.ping(new Uint8Array(8).fill(pick));
    else if (kind === "priority") this.prioritize(model, pair);
    else if (kind === "consume") consumeAll(pair, end);
    else if (kind === "settings") connection.updateSettings(settingsOf(pick, form, size));
    else pair.deliver(end, size * 40, 1 + (form === 0 ? pick : size));
    pair.flush(end);
  }

  /** A stream whose request has a head at the server, and no answer. */
  private answerable(model: Readonly<Model>): number | undefined {
    const ids = [...model.responses].filter(([, { state }]) => state === "idle").map(([id]) => id);
    return ids[this.op.pick % Math.max(1, ids.length)];
  }

  private openOf(model: Readonly<Model>, end: End): [number, Outgoing] | undefined {
    const all = [...(end === "client" ? model.requests : model.responses)].filter(
      ([, { state }]) => state === "open",
    );
    return all[this.op.pick % Math.max(1, all.length)];
  }

  private sendRequest(model: Model, pair: Pair): void {
    const { form, pick } = this.op;
    const size = this.op.size + 1;
    if (form === 0 && pick % 5 === 4) return this.sendConnect(model, pair);
    const headers = FIELDS[pick % FIELDS.length] ?? [];
    const hasContent = form > 0;
    const method = hasContent ? "POST" : (["GET", "HEAD", "DELETE"][pick % 3] ?? "GET");
    const body = form === 2 ? size : hasContent ? undefined : ("none" as const);
    const id = pair.ends.client.sendRequest({
      method,
      authority: "a",
      path: `/${pick}`,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const sent = pair.note("client", id);
    sent.head = textOf(
      [...headers, ...(form === 2 ? ["content-length", String(size)] : [])],
      method,
    );
    sent.isEnded = !hasContent;
    model.requests.set(id, { state: hasContent ? "open" : "done", owed: form === 2 ? size : null });
  }

  private sendConnect(model: Model, pair: Pair): void {
    const id = pair.ends.client.sendRequest({ method: "CONNECT", authority: "b:443", headers: [] });
    pair.note("client", id).head = textOf([], "CONNECT");
    model.requests.set(id, { state: "open", owed: null });
  }

  private sendResponse(model: Model, pair: Pair): void {
    const id = this.answerable(model) as number;
    if (isTunnel(pair, id)) return openTunnel(model, pair, id);
    const { form, size, pick } = this.op;
    const headers = FIELDS[pick % FIELDS.length] ?? [];
    const content = "c".repeat(size * 20);
    pair.ends.server.sendResponse(
      id,
      form === 0 ? { status: 200, headers, content } : { status: 404, headers },
    );
    const sent = pair.note("server", id);
    const isHead = pair.note("client", id).head.startsWith("HEAD");
    sent.head = textOf(
      [...headers, ...(form === 0 ? ["content-length", String(content.length)] : [])],
      form === 0 ? 200 : 404,
    );
    sent.body = form === 0 && !isHead ? content : "";
    sent.isEnded = form === 0 || isHead;
    model.responses.set(id, { state: sent.isEnded ? "done" : "open", owed: null });
  }

  private sendInterim(model: Model, pair: Pair): void {
    const id = this.answerable(model) as number;
    pair.ends.server.sendInformational(id, { status: 103, headers: ["link", "</a>"] });
    pair.note("server", id).interim++;
  }

  private push(model: Model, pair: Pair): void {
    const id = this.answerable(model) as number;
    // A promise is not made on a promised stream, on a tunnel, nor on a stream that was reset.
    if (id % 2 === 0 || isTunnel(pair, id) || model.responses.size > 60 || pair.reset.has(id))
      return;
    const promised = pair.ends.server.push(id, { path: "/pushed", authority: "a", headers: [] });
    model.responses.set(promised, { state: "idle", owed: null });
  }

  private sendData(model: Model, pair: Pair): void {
    const { end, size, form } = this.op;
    const [id, outgoing] = this.openOf(model, end) as [number, Outgoing];
    const length = Math.min(
      form === 0 ? size : size * 100,
      outgoing.owed ?? Number.POSITIVE_INFINITY,
    );
    pair.ends[end].sendData(id, new Uint8Array(length).fill(97 + (id % 26)));
    pair.note(end, id).body += String.fromCharCode(97 + (id % 26)).repeat(length);
    if (outgoing.owed !== null) outgoing.owed -= length;
  }

  private finish(model: Model, pair: Pair): void {
    const { end, kind } = this.op;
    const [id, outgoing] = this.openOf(model, end) as [number, Outgoing];
    finishMessage(pair, end, id, outgoing, kind === "trailers");
  }

  private reset(model: Model, pair: Pair): void {
    const { end, pick } = this.op;
    const ids = [...model.requests.keys()];
    // Not often: most streams should live.
    const id = ids[pick];
    if (id === undefined || (end === "server" && !model.responses.has(id))) return;
    pair.ends[end].reset(id);
    pair.reset.add(id);
  }

  private prioritize(model: Model, pair: Pair): void {
    const { end, pick, form } = this.op;
    const ids = [...(end === "client" ? model.requests : model.responses).keys()];
    const id = ids[pick % Math.max(1, ids.length)];
    if (id !== undefined)
      pair.ends[end].setPriority(id, { urgency: pick % 8, incremental: form > 0 });
  }
}

const isTunnel = (pair: Pair, id: number) => pair.note("client", id).head === "CONNECT";

function openTunnel(model: Model, pair: Pair, id: number): void {
  pair.ends.server.sendResponse(id, { status: 200, headers: [] });
  pair.note("server", id).head = textOf([], 200);
  model.responses.set(id, { state: "open", owed: null });
}

function settingsOf(pick: number, form: number, size: number) {
  if (form === 0) return { initialWindowSize: WINDOWS[pick % WINDOWS.length] as number };
  if (form === 1) return { headerTableSize: TABLES[pick % TABLES.length] as number };
  return { maxFrameSize: FRAMES[size % FRAMES.length] as number };
}

function finishMessage(
  pair: Pair,
  end: End,
  id: number,
  outgoing: Outgoing,
  withTrailers: boolean,
): void {
  const sent = pair.note(end, id);
  if (outgoing.owed !== null && outgoing.owed > 0) {
    pair.ends[end].sendData(id, new Uint8Array(outgoing.owed).fill(122));
    sent.body += "z".repeat(outgoing.owed);
  }
  if (withTrailers && !isTunnel(pair, id)) {
    pair.ends[end].sendTrailers(id, ["x-t", String(id)]);
    sent.trailers = textOf(["x-t", String(id)], "");
  } else pair.ends[end].sendEnd(id);
  sent.isEnded = true;
  outgoing.state = "done";
}

/** Requests that arrived can be answered: the model learns of them between commands. */
class Learn implements fc.Command<Model, Pair> {
  toString = () => "learn";
  check = () => true;
  run(model: Model, pair: Pair): void {
    learn(model, pair);
  }
}

function learn(model: Model, pair: Pair): void {
  for (const [id, { head }] of pair.arrived.server)
    if (head !== "" && !model.responses.has(id))
      model.responses.set(id, { state: "idle", owed: null });
}

const operation = fc.record<Operation>({
  kind: fc.constantFrom<Kind>(
    "request",
    "request",
    "respond",
    "respond",
    "inform",
    "data",
    "data",
    "data",
    "trailers",
    "end",
    "reset",
    "push",
    "ping",
    "settings",
    "priority",
    "consume",
    "deliver",
    "deliver",
    "deliver",
    "deliver",
  ),
  end: fc.constantFrom<End>("client", "server"),
  pick: fc.nat(40),
  size: fc.nat(900),
  form: fc.nat(2),
});

/** Generous budgets: nothing here is an attack. */
const OPTIONS: Omit<H2Options, "role"> = {
  limits: {
    controlBudget: 1_000_000,
    resetBurst: 100_000,
    outboundControlLength: 1 << 24,
    pendingPings: 10_000,
    smallDataLength: 2 ** 31 - 1,
    sendBufferLength: 2 ** 30,
    streamSendLength: 2 ** 30,
  },
};

/** Ends what is open, opens all windows, answers all requests, and delivers the rest. */
function finish(model: Model, pair: Pair, isManual: boolean): void {
  for (const end of ["client", "server"] as const)
    pair.ends[end].updateSettings({ initialWindowSize: 1 << 20 });
  for (let round = 0; round < 40; round++) {
    pair.settle();
    learn(model, pair);
    for (const [id, outgoing] of model.requests)
      if (outgoing.state === "open") finishMessage(pair, "client", id, outgoing, false);
    for (const [id, outgoing] of model.responses) {
      if (outgoing.state === "done") continue;
      if (outgoing.state === "idle" && isTunnel(pair, id)) openTunnel(model, pair, id);
      else if (outgoing.state === "idle") {
        pair.ends.server.sendResponse(id, { status: 200, headers: [], content: "" });
        const sent = pair.note("server", id);
        sent.head = textOf(["content-length", "0"], 200);
        sent.isEnded = true;
        outgoing.state = "done";
      } else finishMessage(pair, "server", id, outgoing, false);
    }
    if (isManual) for (const end of ["client", "server"] as const) consumeAll(pair, end);
  }
  pair.settle();
}

describe("two ends of ours, random operations", () => {
  test.each([
    ["fixed windows", "fixed", false],
    ["manual windows", "manual", false],
    ["pushes allowed", "fixed", true],
    ["adaptive windows, frames observed", "adaptive", false],
  ] as const)("%s: every message arrives as it was sent", (_name, window, enablePush) => {
    // Time goes on with each look at it.
    let now = 0;
    const more = window === "adaptive" ? { observe: true, clock: () => now++ } : {};
    const commands = fc.commands(
      [
        ...Array.from({ length: 9 }, () => operation.map((op) => new Command(op))),
        fc.constant(new Learn()),
      ],
      { maxCommands: 120, size: "max" },
    );
    fc.assert(
      fc.property(commands, (all) => {
        const pair = new Pair(
          { ...OPTIONS, ...more, window },
          enablePush ? { settings: { enablePush } } : {},
        );
        pair.settle();
        const model: Model = { requests: new Map(), responses: new Map() };
        const setup = () => ({ model, real: pair });
        fc.modelRun(setup, enablePush ? all : withoutPush(all));
        finish(model, pair, window === "manual");
        expect(pair.errors.join("\n")).toBe("");
        compare(pair, "client");
        compare(pair, "server");
        close(pair);
      }),
      { numRuns: 150, includeErrorInReport: true },
    );
  });
});

/** The commands but those that the client of this run has forbidden. */
function withoutPush(all: Iterable<fc.Command<Model, Pair>>): Iterable<fc.Command<Model, Pair>> {
  return [...all].filter((command) => !command.toString().includes(".push("));
}
