// The client process of the journey: real clients, one request at a time, each on a new connection, so that every
// round has an accept. It runs apart, so that its work is not counted as the server's.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import { H1Connection } from "../../h1.js";
import { runExtra } from "./extra-clients.js";
import { nodeRequest } from "./node-request.js";
import {
  BROWSER_HEADERS,
  BURST_COUNT,
  type ClientName,
  type ClientReport,
  type ClientTask,
  logUpload,
  orderBody,
  type SceneName,
} from "./scenes.js";
import { now } from "./stopwatch.js";

process.on("message", (task: ClientTask) => {
  void perform(task).then(
    (report) => process.send?.(report),
    (error: Error) =>
      process.send?.({ kind: "failed", message: error.message } satisfies ClientReport),
  );
});

async function perform(task: ClientTask): Promise<ClientReport> {
  if (task.kind === "extra") {
    const { status, note } = await runExtra(task.name, task.port);
    return { kind: "done", samplesNs: [], statuses: [status], note };
  }
  if (task.client === "curl") return curlUploads(task.port, task.rounds);
  const once = clientOf(task.name, task.client);
  const samplesNs: number[] = [];
  const statuses: number[] = [];
  for (let round = 0; round < task.rounds; round++) {
    const start = now();
    statuses.push(await once(task.port));
    samplesNs.push(now() - start);
  }
  return { kind: "done", samplesNs, statuses, note: null };
}

/** One round: gives the status of its (last) answer. */
type Once = (port: number) => Promise<number>;

function clientOf(name: SceneName, client: ClientName): Once {
  if (name === "get") return browserGet;
  if (name === "post") return jsonPost;
  if (name === "burst") return burst;
  const content = logUpload();
  if (client !== "node:http") throw new Error(`${client} does not send ${name}`);
  return (port) => chunkedUpload(port, content);
}

function browserGet(port: number): Promise<number> {
  return nodeRequest(
    http.request({ port, path: "/news?page=2", agent: false, headers: BROWSER_HEADERS }),
  );
}

/** No Content-Length: Node sends the pieces as chunks. */
function chunkedUpload(port: number, content: Uint8Array): Promise<number> {
  const headers = { "Content-Type": "application/x-ndjson", "Content-Encoding": "gzip" };
  const request = http.request({ port, path: "/logs", method: "POST", agent: false, headers });
  const done = nodeRequest(request, false);
  for (let at = 0; at < content.length; at += 16_384)
    request.write(content.subarray(at, at + 16_384));
  request.end();
  return done;
}

async function jsonPost(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/order`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: orderBody(),
  });
  await response.json();
  return response.status;
}

/** All requests leave in one write; the answers are read by the same engine, as a client. */
function burst(port: number): Promise<number> {
  const connection = new H1Connection({ role: "client" });
  for (let at = 0; at < BURST_COUNT; at++) {
    connection.sendRequest({
      method: "GET",
      path: `/articles/${at}`,
      authority: `127.0.0.1:${port}`,
      headers: ["Accept", "text/html", "User-Agent", "tercet"],
    });
  }
  const bytes = Buffer.concat(connection.take());
  return new Promise((resolve, reject) => {
    let answered = 0;
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true }, () =>
      socket.write(bytes),
    );
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the burst was not answered in full")));
    socket.on("data", (chunk) => {
      for (const event of connection.receive(chunk)) {
        if (event.type === "error") reject(event.error);
        if (event.type === "end") answered++;
      }
      if (answered === BURST_COUNT) {
        resolve(200);
        socket.end();
      }
    });
  });
}

/** One run of curl does all rounds: starting a process is no part of a request. */
async function curlUploads(port: number, rounds: number): Promise<ClientReport> {
  const folder = await mkdtemp(path.join(tmpdir(), "tercet-journey-"));
  try {
    const file = path.join(folder, "log.gz");
    await writeFile(file, logUpload());
    const transfer = [
      `url = "http://127.0.0.1:${port}/logs"`,
      `data-binary = "@${file}"`,
      'header = "Transfer-Encoding: chunked"',
      'header = "Content-Encoding: gzip"',
      'header = "Content-Type: application/x-ndjson"',
      'header = "Connection: close"',
      `output = "${devNull}"`,
      'write-out = "%{http_code} %{time_total}\\n"',
      "silent",
    ].join("\n");
    const config = Array.from({ length: rounds }, () => transfer).join("\nnext\n");
    const output = await runCurl(config);
    const lines = output.trim().split("\n");
    const values = lines.map((line) => line.split(" ").map(Number) as [number, number]);
    return {
      kind: "done",
      samplesNs: values.map(([, seconds]) => seconds * 1e9),
      statuses: values.map(([status]) => status),
      note: null,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runCurl(config: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // --disable: a configuration of the user's own would change what is sent.
    const curl: ChildProcess = spawn("curl", ["--disable", "--config", "-"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    curl.stdout?.on("data", (text: Buffer) => {
      output += text.toString("latin1");
    });
    curl.on("error", reject);
    curl.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`curl ended with ${code}`));
    });
    curl.stdin?.on("error", () => {});
    curl.stdin?.end(config);
  });
}
