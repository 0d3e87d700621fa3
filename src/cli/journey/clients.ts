// The client process of the journey: real clients, one request at a time, each on a new connection, so that every
// round has an accept. It runs apart, so that its work is not counted as the server's.

import http from "node:http";
import { curlUploads } from "./curl-client.js";
import { burst } from "./engine-client.js";
import { runExtra } from "./extra-clients.js";
import { browserGetH2, jsonPostH2, uploadH2 } from "./h2-clients.js";
import { browserGetH3, burstH3, jsonPostH3, uploadH3 } from "./h3-clients.js";
import { nodeRequest } from "./node-request.js";
import {
  BROWSER_HEADERS,
  type ClientReport,
  type ClientTask,
  logUpload,
  orderBody,
  type Place,
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
    const { status, note } = await runExtra(task.name, task.place);
    return { kind: "done", samplesNs: [], statuses: [status], note };
  }
  if (task.client === "curl") return curlUploads(task.place, task.rounds);
  const once = clientOf(task);
  const samplesNs: number[] = [];
  const statuses: number[] = [];
  for (let round = 0; round < task.rounds; round++) {
    const start = now();
    statuses.push(await once(task.place));
    samplesNs.push(now() - start);
  }
  return { kind: "done", samplesNs, statuses, note: null };
}

/** One round: gives the status of its (last) answer. */
type Once = (place: Place) => Promise<number>;

function clientOf({ name, place }: Extract<ClientTask, { kind: "scene" }>): Once {
  if (place.protocol === "h3") return clientOfH3(name);
  const isH2 = place.protocol !== "http/1.1";
  if (name === "get") return isH2 ? browserGetH2 : browserGet;
  if (name === "post") return isH2 ? jsonPostH2 : jsonPost;
  if (name === "burst") return burst;
  const content = logUpload();
  return (to) => (isH2 ? uploadH2(to, content) : chunkedUpload(to, content));
}

function clientOfH3(name: SceneName): Once {
  if (name === "get") return browserGetH3;
  if (name === "post") return jsonPostH3;
  if (name === "burst") return burstH3;
  const content = logUpload();
  return (to) => uploadH3(to, content);
}

function browserGet({ port }: Place): Promise<number> {
  return nodeRequest(
    http.request({ port, path: "/news?page=2", agent: false, headers: BROWSER_HEADERS }),
  );
}

/** No Content-Length: Node sends the pieces as chunks. */
function chunkedUpload({ port }: Place, content: Uint8Array): Promise<number> {
  const headers = { "Content-Type": "application/x-ndjson", "Content-Encoding": "gzip" };
  const request = http.request({ port, path: "/logs", method: "POST", agent: false, headers });
  const done = nodeRequest(request, false);
  for (let at = 0; at < content.length; at += 16_384)
    request.write(content.subarray(at, at + 16_384));
  request.end();
  return done;
}

async function jsonPost({ port }: Place): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/order`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: orderBody(),
  });
  await response.json();
  return response.status;
}
