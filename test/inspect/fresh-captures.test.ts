// Captures made now, of HTTP/3 peers on this machine: what we say of each packet and of each frame is what tshark says of the
// same file, and the messages are those that the peers exchanged.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Ours, startOurs } from "../h3/interop/ours.js";
import { closedOf, datagramsOf, inspectDatagrams } from "../helpers/quic-capture.js";
import { content } from "../interop/application.js";
import { freeUdpPort, Peer, run } from "../interop/process.js";
import { buildGo, hasGoModule, npmPeer, pythonWith } from "../interop/programs.js";
import { canRecord, Recorder } from "../interop/recorder.js";
import { makeSetting, type Setting } from "../interop/setting.js";
import { dissectQuic, streamText } from "../interop/tshark.js";
import { isInstalled } from "../node/peers.js";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const isAble = await canRecord();

let setting: Setting;
let captures = 0;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  setting = await makeSetting();
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(() => setting?.end());

/** What was recorded while something happened, with the keys that were written meanwhile. */
interface Recorded {
  readonly capture: string;
  readonly keys: string;
  readonly port: number;
}

async function record(port: number, keys: string, act: () => Promise<unknown>): Promise<Recorded> {
  const capture = setting.file(`fresh-${captures++}.pcap`);
  const recorder = await Recorder.start(capture, "udp", port);
  await act();
  await recorder.end();
  return { capture, keys, port };
}

type Drafts = ReturnType<typeof inspectDatagrams>;
interface Any {
  readonly [member: string]: unknown;
}

/** Packets as they are compared. */
function ours(drafts: Drafts) {
  const packets: { type: string; packetNumber: number | null; length: number; frames: string[] }[] =
    [];
  for (const draft of drafts as readonly Any[]) {
    if (draft.event === "packet" && draft.packetType !== "Padding")
      packets.push({
        type: String(draft.packetType),
        packetNumber: draft.packetNumber === null ? null : Number(draft.packetNumber),
        length: Number(draft.length),
        frames: [],
      });
    else if (draft.event === "frame" && draft.protocol === "quic")
      packets.at(-1)?.frames.push(frameText(draft));
  }
  return packets;
}

function frameText(frame: Any): string {
  const type = Number(frame.type);
  if (frame.name === "STREAM")
    return streamText({
      type,
      streamId: Number(frame.streamId),
      offset: Number(frame.streamOffset),
      data: dataOf(frame),
    });
  if (frame.name === "CRYPTO") return `6 ${frame.cryptoOffset} ${frame.length}`;
  if (frame.name === "ACK") return `${type} ${frame.largestAcknowledged} ${frame.firstAckRange}`;
  return String(type);
}

/** The data is what stands behind the numbers of the frame. */
function dataOf({ bytes, length }: Any): string {
  const all = bytes as Uint8Array;
  return Buffer.from(all.subarray(all.length - Number(length))).toString("hex");
}

/** Our reading of a recording is tshark's; and nothing is wrong in it. */
function expectSame({ capture, keys, port }: Recorded): Drafts {
  const datagrams = datagramsOf(readFileSync(capture));
  const drafts = inspectDatagrams(datagrams, readFileSync(keys), { keepBytes: true });
  const theirs = dissectQuic(capture, keys, port).packets.filter(({ type }) => type !== "other");
  const own = ours(drafts);
  expect(own.map(({ type, length }) => [type, length])).toEqual(
    theirs.map(({ type, length }) => [type, length]),
  );
  // tshark opens only some of the connections that a client makes one behind the other; we open all.
  const isOpen = theirs.map(({ packetNumber }) => packetNumber !== null);
  expect(isOpen.filter(Boolean).length).toBeGreaterThan(own.length / 10);
  for (const [at, { type, packetNumber, length, frames }] of theirs.entries()) {
    const packet = own[at];
    // Behind CRYPTO it sometimes leaves out the frames that follow in the packet.
    const isCut = frames.at(-1)?.startsWith("6 ") === true;
    const seen = isCut ? packet?.frames.slice(0, frames.length) : packet?.frames;
    if (isOpen[at])
      expect({ ...packet, frames: seen }).toEqual({ type, packetNumber, length, frames });
  }
  expect(drafts.filter(({ event }) => event === "error" || event === "gap")).toEqual([]);
  const lenient = inspectDatagrams(datagrams, readFileSync(keys), { lenient: true });
  expect(lenient.filter(({ event }) => event === "error")).toEqual([]);
  const { padding: _, ...closed } = closedOf(drafts);
  expect(closed).toEqual({});
  return drafts;
}

const heads = (drafts: Drafts, direction: string) =>
  (drafts as readonly Any[])
    .filter((draft) => draft.event === "head" && draft.direction === direction)
    .map((draft) => new Map(draft.headers as [string, string][]));

const contentLength = (drafts: Drafts, direction: string) =>
  (drafts as readonly Any[])
    .filter((draft) => draft.event === "data" && draft.direction === direction)
    .reduce((sum, draft) => sum + Number(draft.length), 0);

/** A folder for gtlsserver. */
function htdocs(): string {
  const folder = setting.file("fresh-htdocs");
  mkdirSync(folder, { recursive: true });
  for (const length of [1, 5_000, 100_000]) writeFileSync(`${folder}/${length}`, content(length));
  return folder;
}

const ngtcp2 = isInstalled("gtlsserver") && isInstalled("gtlsclient");

describe.runIf(isAble && ngtcp2)("gtlsserver and gtlsclient", () => {
  async function between(server: readonly string[], client: readonly string[], paths: string[]) {
    const port = await freeUdpPort();
    const keys = setting.file(`ngtcp2-${port}.keys`);
    const pem = [setting.file("key.pem"), setting.file("cert.pem")];
    const place = ["127.0.0.1", String(port)];
    const options = ["--quiet", "--max-gso-dgrams=1", "-d", htdocs(), ...server];
    const peer = new Peer("gtlsserver", [...options, ...place, ...pem], {
      env: { SSLKEYLOGFILE: keys },
    });
    ends.push(() => peer.end());
    await peer.receivesOn(port);
    return record(port, keys, async () => {
      const quiet = ["--no-quic-dump", "--no-http-dump", "--exit-on-all-streams-close"];
      const uris = paths.map((path) => `https://localhost:${port}${path}`);
      const { code } = await run("gtlsclient", [...quiet, ...client, ...place, ...uris]);
      expect(code).toBe(0);
    });
  }

  test("downloads", async () => {
    const drafts = expectSame(await between([], [], ["/1", "/5000", "/100000", "/none"]));
    expect(heads(drafts, "client").map((head) => head.get(":path"))).toEqual([
      "/1",
      "/5000",
      "/100000",
      "/none",
    ]);
    expect(
      heads(drafts, "server")
        .map((head) => head.get(":status"))
        .sort(),
    ).toEqual(["200", "200", "200", "404"]);
    expect(contentLength(drafts, "server")).toBeGreaterThanOrEqual(105_001);
  });

  test("an upload with ChaCha20, a key update, Retry", async () => {
    const body = setting.file("fresh-body");
    writeFileSync(body, content(70_000));
    const upload = [`--data=${body}`, "--http-method=POST", "--key-update=1ms"];
    const cipher = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305";
    const recorded = await between(["--validate-addr"], [...upload, `--ciphers=${cipher}`], ["/1"]);
    const datagrams = datagramsOf(readFileSync(recorded.capture));
    const drafts = inspectDatagrams(datagrams, readFileSync(recorded.keys));
    expect(drafts.filter(({ event }) => event === "error")).toEqual([]);
    expect(closedOf(drafts).retry).toBe(1);
    expect(contentLength(drafts, "client")).toBe(70_000);
    const connections = (drafts as readonly Any[]).filter(({ event }) => event === "connection");
    expect(connections.at(-1)?.cipherSuite).toBe("TLS_CHACHA20_POLY1305_SHA256");
    const phases = (drafts as readonly Any[]).map(({ keyPhase }) => keyPhase);
    expect(phases).toContain(1);
  });
});

const python = pythonWith("aioquic");
const bun = npmPeer("bun", "bin/bun");
const quicGo = here("../h3/interop/quic-go");
const hasGo = hasGoModule(quicGo, "github.com/quic-go/quic-go");
const LENGTHS = "0,1,20000";

describe.runIf(isAble)("our server and the clients of others", () => {
  let server: Ours;
  let folder: string;

  async function serving(): Promise<void> {
    folder = setting.file(`keys-${captures}`);
    mkdirSync(folder, { recursive: true });
    const keylog = (connection: number) => `${folder}/${connection}`;
    server = await startOurs(setting, {}, { keylog });
    ends.push(() => server.end());
  }

  /** The keys of all connections in one file. */
  function keys(): string {
    const file = `${folder}/all`;
    const lines: Buffer[] = [];
    for (let at = 0; existsSync(`${folder}/${at}`); at++)
      lines.push(readFileSync(`${folder}/${at}`));
    writeFileSync(file, Buffer.concat(lines));
    return file;
  }

  /** Runs a program that says "good" when it has got what it asked for. */
  async function recorded(act: () => Promise<{ stdout: string; stderr: string }>): Promise<Drafts> {
    await serving();
    const wire = await record(server.port, "", async () => {
      const { stdout, stderr } = await act();
      expect(stdout + stderr).toMatch(/^(settings .*\n)?good\n$/);
    });
    await server.end();
    return expectSame({ ...wire, keys: keys() });
  }

  test.runIf(python !== null)("aioquic", async () => {
    const drafts = await recorded(() =>
      run(python as string, [
        ...[here("../h3/interop/aioquic_client.py"), server.url],
        ...[setting.file("cert.pem"), LENGTHS],
      ]),
    );
    expect(heads(drafts, "client").some((head) => head.get(":method") === "POST")).toBe(true);
  });

  test.runIf(bun !== null)("Bun, lsquic", async () => {
    const drafts = await recorded(() =>
      run(bun as string, [
        ...[here("../h3/interop/bun-client.mjs"), server.url.replace("localhost", "127.0.0.1")],
        LENGTHS,
      ]),
    );
    expect(heads(drafts, "server").length).toBeGreaterThan(100);
  });

  test.runIf(hasGo)("quic-go", async () => {
    const program = buildGo(quicGo, "quic-go-peer");
    const drafts = await recorded(() =>
      // What the kernel is to cut into datagrams would be captured as one.
      run(program, ["client", server.url, setting.file("cert.pem"), LENGTHS], {
        env: { QUIC_GO_DISABLE_GSO: "true" },
      }),
    );
    expect(heads(drafts, "server").length).toBeGreaterThan(100);
  });
});
