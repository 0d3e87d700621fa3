// The examples of README.md, docs/inspect.md, docs/observe.md, docs/quic.md and docs/quic-packets.md, run as they stand: what they print is what the page says, and the
// servers among them answer. Imports of the pages are those of the project.
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import net from "node:net";
import path from "node:path";
import * as quic from "@matrixai/quic";
import * as h1 from "tercet/h1";
import * as h2 from "tercet/h2";
import * as h3 from "tercet/h3";
import * as hpack from "tercet/hpack";
import * as inspect from "tercet/inspect";
import * as node from "tercet/node";
import * as qpack from "tercet/qpack";
import * as tercetQuic from "tercet/quic";
import * as webtransport from "tercet/webtransport";
import { describe, expect, test } from "vitest";
import { ROOT } from "./helpers/source-files.js";
import { certificate } from "./node/certificate.js";

const { key, cert } = await certificate();
/** Files that examples read. */
const CAPTURE = "docs/examples/http3.pcapng";
const FILES: Readonly<Record<string, string | Buffer>> = {
  "key.pem": key,
  "cert.pem": cert,
  [CAPTURE]: readFileSync(path.join(ROOT, CAPTURE)),
};

const MODULES: Readonly<Record<string, object>> = {
  "@matrixai/quic": quic,
  "node:fs": { readFileSync: (file: string) => FILES[file] },
  "node:net": { default: net },
  "tercet/h1": h1,
  "tercet/h2": h2,
  "tercet/h3": h3,
  "tercet/hpack": hpack,
  "tercet/inspect": inspect,
  "tercet/node": node,
  "tercet/qpack": qpack,
  "tercet/quic": tercetQuic,
  "tercet/webtransport": webtransport,
};

/** A block of code of a page, and the text block that follows before any other code: what it prints. */
interface Example {
  readonly code: string;
  readonly said: readonly string[] | null;
}

function examples(page: string): Example[] {
  const text = readFileSync(path.join(ROOT, page), "utf8");
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, kind, body]) => ({
    kind,
    body,
  }));
  return blocks.flatMap(({ kind, body }, at) => {
    if (kind !== "js") return [];
    const next = blocks[at + 1];
    return [{ code: body, said: next?.kind === "text" ? next.body.trimEnd().split("\n") : null }];
  });
}

/** What a run left: its variables `server` and `socket`, and what it printed. */
interface Run {
  readonly server?: net.Server | node.Server;
  readonly socket?: net.Socket;
  readonly lines: string[];
}

async function run(code: string): Promise<Run> {
  const lines: string[] = [];
  const print = (...values: unknown[]) => void lines.push(values.join(" ").trimEnd());
  const names: Record<string, unknown> = { console: { log: print } };
  const body = code.replace(/^import (\w+|\{[^}]*\}) from "([^"]+)";$/gm, (_all, what, from) => {
    const module = MODULES[from] as Record<string, unknown>;
    expect(module, from).toBeDefined();
    if (!what.startsWith("{")) names[what] = module.default;
    for (const name of what.match(/\w+/g).filter(() => what.startsWith("{"))) {
      expect(module[name], name).toBeDefined();
      names[name] = module[name];
    }
    return "";
  });
  const AsyncFunction = (async () => {}).constructor as new (
    ...text: string[]
  ) => (...values: unknown[]) => Promise<Omit<Run, "lines">>;
  const left = ["server", "socket"].map(
    (name) => `${name}: typeof ${name} === "undefined" ? undefined : ${name}`,
  );
  const made = new AsyncFunction(...Object.keys(names), `${body}\nreturn { ${left.join(", ")} };`);
  return { ...(await made(...Object.values(names))), lines };
}

/** Pages listen on a fixed port; here the system picks one. */
async function listening(code: string): Promise<Run & { server: net.Server; port: number }> {
  const anyPort = code.replace("server.listen(8080);", "");
  expect(anyPort).not.toBe(code);
  const made = await run(anyPort);
  const server = made.server as net.Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { ...made, server, port: (server.address() as net.AddressInfo).port };
}

const closed = (server: net.Server) => new Promise((resolve) => server.close(resolve));

describe("README.md", () => {
  const [capture, twoPieces, smallest, smallestH2, clientH2, inH3, withServe, ...more] =
    examples("README.md");
  const [withConnect, withQuic, sessions, sessionsAlone, alone, qpackAlone, packet, ...others] =
    more;

  test("the capture that ships gives the tree of the page", () => {
    const bytes = readFileSync(path.join(ROOT, CAPTURE));
    const page = readFileSync(path.join(ROOT, "README.md"), "utf8");
    const block = /<!-- inspect:begin -->\s+```text\n([^]*?)```/.exec(page)?.[1];
    expect(new inspect.TreePrinter().push(inspect.inspect(bytes))).toBe(block);
  });

  test("the message in two pieces prints what the page says", async () => {
    expect((await run(twoPieces.code)).lines).toEqual(twoPieces.said);
  });

  test("the smallest server answers", async () => {
    const { server, port } = await listening(smallest.code);
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    expect(response.headers.get("content-type")).toBe("text/plain");
    expect(await response.text()).toBe("hello\n");
    await closed(server);
  });

  test("with H2Connection in its place it is an h2c server, and nothing else changes", async () => {
    const code = smallest.code.replaceAll("H1Connection", "H2Connection");
    const { server, port } = await listening(code.replace("tercet/h1", "tercet/h2"));
    expect(await get(port, "/")).toEqual([200, "text/plain", "hello\n"]);
    await closed(server);
  });

  test("the server of HTTP/2 answers the client of HTTP/2", async () => {
    const { server, port, lines } = await listening(smallestH2.code);
    expect(await get(port, "/milk")).toEqual([200, undefined, "hello\n"]);
    const anyPort = clientH2.code.replaceAll("8080", String(port));
    expect(anyPort).not.toBe(clientH2.code);
    const client = await run(anyPort);
    await new Promise((resolve) => client.socket?.once("close", resolve));
    expect(client.lines).toEqual(clientH2.said);
    expect(lines).toEqual(["1 GET /milk", "1 GET /tea", "3 GET /coffee"]);
    await closed(server);
  });

  test("the server with a fetch handler answers, in both protocols", async () => {
    const { lines, ...made } = await run(withServe.code);
    const server = made.server as node.Server;
    expect(lines).toEqual([server.url]);
    const response = await fetch(server.url, { method: "POST", body: "hello" });
    expect(await response.text()).toBe("5 characters\n");
    expect((await get(server.address.port, "/")).slice(-1)).toEqual(["0 characters\n"]);
    await server.close();
  });

  test.each([
    ["heads of a capture", capture],
    ["a packet of QUIC", packet],
    ["HTTP/3 without QUIC", inH3],
    ["the client", withConnect],
    ["HTTP/3 over QUIC", withQuic],
    ["WebTransport", sessions],
    ["WebTransport without sockets", sessionsAlone],
    ["frames and field blocks alone", alone],
    ["QPACK and capsules alone", qpackAlone],
  ])("%s: prints what the page says", async (_name, { code, said }) => {
    expect((await run(code)).lines).toEqual(said);
  });

  test("has no other code that nobody runs", () => {
    expect(others).toEqual([]);
  });
});

test.each(
  ["docs/inspect.md", "docs/observe.md", "docs/quic.md", "docs/quic-packets.md"].flatMap((page) =>
    examples(page).map((example, at) => [page, at + 1, example] as const),
  ),
)("%s prints what it says, example %i", async (_page, _number, { code, said }) => {
  expect(said).not.toBeNull();
  expect((await run(code)).lines).toEqual(said);
});

/** Status, content type and content of an answer in HTTP/2, as Node's client sees them. */
async function get(port: number, target: string): Promise<unknown[]> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({ ":path": target });
    const head = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
      stream.once("response", resolve);
      stream.once("error", reject);
      session.once("error", reject);
    });
    let text = "";
    for await (const piece of stream.setEncoding("latin1")) text += piece;
    return [Number(head[":status"]), head["content-type"], text];
  } finally {
    session.close();
  }
}
