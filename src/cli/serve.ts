// `tercet serve`: a folder, or the echo application, on the engine. Ends cleanly on SIGINT and SIGTERM.

import { readFileSync } from "node:fs";
import {
  type FetchHandler,
  type ServeOptions,
  type Server,
  serve,
} from "../adapters/node/index.js";
import { echoApplication } from "./echo-application.js";
import type { Command } from "./main.js";
import { NO_QUICHE, quiche } from "./quiche.js";
import { selfSigned } from "./self-signed.js";
import { staticFiles } from "./static-files.js";
import { readArguments, WrongUse, wholeNumber } from "./wrong-use.js";

const HELP = `tercet serve [DIR] [OPTIONS]: serves a folder; without DIR an echo and status application.

  --port N          port to listen on; 0 picks a free one          (default 8080)
  --host H          address to listen on; 0.0.0.0 for all          (default 127.0.0.1)
  --key FILE        private key, PEM    } both: TLS
  --cert FILE       certificate, PEM    }
  --self-signed     TLS with a certificate made now, for localhost, 127.0.0.1 and ::1
  --http3           HTTP/3, too, on the UDP port of the same number; needs TLS and the package @matrixai/quic
  --help

Speaks HTTP/1.1 and HTTP/2 on the one port: over TLS as ALPN agrees, without TLS also to clients that begin with HTTP/2.
Prints one line for each endpoint: listening on https://127.0.0.1:8443 h2 http/1.1
(without TLS: listening on http://127.0.0.1:8080 http/1.1 h2c; with --http3 a second one: listening on
https://127.0.0.1:8443 h3)
Ends on SIGINT and SIGTERM: requests under way are finished first; a second signal ends at once.

Of a folder: GET and HEAD, index.html, ETag and Last-Modified with 304. Files whose name begins with a dot and
links that lead out of the folder are not served.

Without DIR: GET / says how the server does, GET /headers what it received, POST /echo sends the body back.

Exit code: 0 after a clean end, 2 wrong use (port in use, unreadable file, unknown option).
`;

export const serveCommand: Command = { help: HELP, run };

async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments("serve", {
    args,
    allowPositionals: true,
    options: {
      port: { type: "string" },
      host: { type: "string" },
      key: { type: "string" },
      cert: { type: "string" },
      "self-signed": { type: "boolean" },
      http3: { type: "boolean" },
    },
  } as const);
  if (positionals.length > 1) throw wrong(`one folder, not ${positionals.length}`);
  const port = wholeNumber("serve", "port", values.port ?? "8080", 0, 65_535);
  const tls = credentials(values);
  const folder = positionals[0];
  const application = folder === undefined ? echoApplication() : folderApplication(folder);
  const quic = values.http3 ? await quicOptions(tls) : undefined;
  const server = await listen(port, values.host ?? "127.0.0.1", application, tls, quic);
  const onTcp = server.protocols.filter((name) => name !== "h3");
  process.stdout.write(`listening on ${server.url} ${onTcp.join(" ")}\n`);
  if (quic !== undefined) process.stdout.write(`listening on ${server.url} h3\n`);
  await endOfProcess(server);
  return 0;
}

const wrong = (message: string) => new WrongUse(message, "serve");

type Credentials = { key: string; cert: string };

function credentials(values: {
  key?: string;
  cert?: string;
  "self-signed"?: boolean;
}): Credentials | undefined {
  const { key, cert } = values;
  if (values["self-signed"]) {
    if (key !== undefined || cert !== undefined) {
      throw wrong("--self-signed makes its own key: leave --key and --cert out");
    }
    return selfSigned();
  }
  if (key === undefined && cert === undefined) return undefined;
  if (key === undefined || cert === undefined) throw wrong("--key and --cert belong together");
  return { key: readable(key), cert: readable(cert) };
}

/** @throws WrongUse where HTTP/3 cannot be served */
async function quicOptions(tls: Credentials | undefined): Promise<ServeOptions["quic"]> {
  if (tls === undefined) throw wrong("--http3 needs TLS: --self-signed, or --key and --cert");
  const transport = await quiche();
  if (transport === null) throw wrong(NO_QUICHE);
  return { transport };
}

function readable(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw wrong(`cannot read ${file}: ${reason(error)}`);
  }
}

function folderApplication(folder: string): FetchHandler {
  try {
    return staticFiles(folder);
  } catch (error) {
    throw wrong(`cannot serve ${folder}: ${reason(error)}`);
  }
}

async function listen(
  port: number,
  hostname: string,
  fetch: FetchHandler,
  tls: Credentials | undefined,
  quic: ServeOptions["quic"],
): Promise<Server> {
  const secure = { ...(tls === undefined ? {} : { tls }), ...(quic === undefined ? {} : { quic }) };
  try {
    return await serve({ port, hostname, fetch, ...secure });
  } catch (error) {
    throw wrong(`cannot listen on ${hostname} port ${port}: ${reason(error)}`);
  }
}

const REASONS: Record<string, string> = {
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "this machine does not have that address",
  EACCES: "permission denied",
  ENOENT: "there is no such file",
  ENOTDIR: "it is not a folder",
  EISDIR: "it is a folder",
  ENOTFOUND: "no such host",
};

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}

/** Waits for a signal and for the server's orderly end; a second signal ends at once. */
function endOfProcess(server: Server): Promise<void> {
  return new Promise((resolve) => {
    let isEnding = false;
    const end = () => {
      if (isEnding) process.exit(0);
      isEnding = true;
      void server.close().then(resolve);
    };
    process.on("SIGINT", end);
    process.on("SIGTERM", end);
  });
}
