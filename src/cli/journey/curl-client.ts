// curl as a client of the journey: one run of it does all rounds, because starting a process is no part of a request.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import { type ClientReport, logUpload, type Place } from "./scenes.js";

/** Whether curl is there, and whether it speaks HTTP/2. */
export function curlAbilities(): { isThere: boolean; hasH2: boolean } {
  const { status, stdout } = spawnSync("curl", ["--version"], { encoding: "latin1" });
  return { isThere: status === 0, hasH2: status === 0 && /\bHTTP2\b/.test(stdout) };
}

/** Uploads the log, so many times, each on a new connection. */
export async function curlUploads(place: Place, rounds: number): Promise<ClientReport> {
  const folder = await mkdtemp(path.join(tmpdir(), "tercet-journey-"));
  try {
    const file = path.join(folder, "log.gz");
    const cert = path.join(folder, "cert.pem");
    await writeFile(file, logUpload());
    await writeFile(cert, place.cert);
    const transfer = transferOf(place, file, cert);
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

/** One transfer as curl's configuration; HTTP/2 has connections that stay, so each gets a new one. */
function transferOf({ protocol, port }: Place, file: string, cert: string): string {
  const scheme = protocol === "h2" ? "https" : "http";
  const byProtocol = {
    "http/1.1": ['header = "Transfer-Encoding: chunked"', 'header = "Connection: close"'],
    h2c: ["http2-prior-knowledge", 'header = "Expect:"'],
    h2: ["http2", `cacert = "${cert}"`, 'header = "Expect:"'],
    // Not sent by curl.
    h3: [],
  };
  return [
    `url = "${scheme}://127.0.0.1:${port}/logs"`,
    `data-binary = "@${file}"`,
    ...byProtocol[protocol],
    'header = "Content-Encoding: gzip"',
    'header = "Content-Type: application/x-ndjson"',
    `output = "${devNull}"`,
    'write-out = "%{http_code} %{time_total}\\n"',
    "silent",
  ].join("\n");
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
