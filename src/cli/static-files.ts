// A folder as a fetch handler. Rules of the file: a path is decoded once and must stay inside the folder, also
// behind links; names with a leading dot are not there; validators as RFC 9110 section 8.8, conditions as
// section 13.2.2; no ranges.

import { realpathSync, type Stats, statSync } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import type { FetchHandler } from "../adapters/node/index.js";

const TYPES: Record<string, string> = {
  ".avif": "image/avif",
  ".css": "text/css; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".gif": "image/gif",
  ".htm": "text/html; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".mp4": "video/mp4",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webm": "video/webm",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".xml": "application/xml",
};

/**
 * Serves the files of a folder.
 * @throws the file system's error where the folder cannot be read or is none
 */
export function staticFiles(folder: string): FetchHandler {
  const root = realpathSync(folder);
  if (!statSync(root).isDirectory()) {
    throw Object.assign(new Error("it is not a folder"), { code: "ENOTDIR" });
  }
  return (request) => answer(root, request);
}

async function answer(root: string, request: Request): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plain(405, "only GET and HEAD\n", { allow: "GET, HEAD" });
  }
  const { pathname, search } = new URL(request.url);
  const found = await find(root, pathname);
  if (found === null) return plain(404, "not found\n");
  if (found === "folder") {
    // Relative links of the page need the slash. One slash in front: "//host" would be another host.
    const location = `${pathname.replace(/^\/+/, "/")}/${search}`;
    return plain(301, "the folder is one slash further\n", { location });
  }
  return send(request, found.file, found.stats);
}

/** The file of a path; "folder": the path lacks its last slash; null: there is none to serve. */
async function find(
  root: string,
  pathname: string,
): Promise<{ file: string; stats: Stats } | "folder" | null> {
  const names = namesOf(pathname);
  if (names === null) return null;
  try {
    const file = await inside(root, path.join(root, ...names));
    const stats = await stat(file);
    const isFolder = stats.isDirectory();
    if (!isFolder) {
      // "/page.html/" names nothing.
      return stats.isFile() && !pathname.endsWith("/") ? { file, stats } : null;
    }
    if (!pathname.endsWith("/")) return "folder";
    const index = await inside(root, path.join(file, "index.html"));
    const indexStats = await stat(index);
    return indexStats.isFile() ? { file: index, stats: indexStats } : null;
  } catch {
    return null;
  }
}

/** The names of a path, decoded; null where one of them may not be asked for. */
function namesOf(pathname: string): string[] | null {
  let decoded: string[];
  try {
    decoded = pathname.split("/").map((name) => decodeURIComponent(name));
  } catch {
    return null;
  }
  const names = decoded.filter((name) => name !== "");
  // A decoded "%2F" or "%5C" would be a separator for the file system, NUL the end of the name.
  const isRefused = (name: string) => /[/\\\0]/.test(name) || name.startsWith(".");
  return names.some(isRefused) ? null : names;
}

/** The real path, when no link leads out of the folder. */
async function inside(root: string, file: string): Promise<string> {
  const real = await realpath(file);
  if (real !== root && !real.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) {
    throw new Error("outside of the folder");
  }
  return real;
}

async function send(request: Request, file: string, stats: Stats): Promise<Response> {
  const modified = new Date(Math.floor(stats.mtimeMs / 1000) * 1000);
  const etag = `W/"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs).toString(16)}"`;
  const validators = { etag, "last-modified": modified.toUTCString(), "cache-control": "no-cache" };
  if (isUnchanged(request.headers, etag, modified)) {
    return new Response(null, { status: 304, headers: validators });
  }
  const headers = {
    ...validators,
    "content-type": TYPES[path.extname(file).toLowerCase()] ?? "application/octet-stream",
    "content-length": String(stats.size),
    "x-content-type-options": "nosniff",
  };
  if (request.method === "HEAD" || stats.size === 0) return new Response(null, { headers });
  const handle = await open(file).catch(() => null);
  if (handle === null) return plain(403, "this file cannot be read\n");
  // No more than the length that was promised, should the file grow meanwhile. The stream closes the file.
  const source = handle.createReadStream({ end: stats.size - 1 });
  return new Response(Readable.toWeb(source) as ReadableStream<Uint8Array>, { headers });
}

/** If-None-Match goes before If-Modified-Since (RFC 9110 section 13.2.2). */
function isUnchanged(headers: Headers, etag: string, modified: Date): boolean {
  const wanted = headers.get("if-none-match");
  if (wanted !== null) {
    const weak = (tag: string) => tag.trim().replace(/^W\//, "");
    return wanted.split(",").some((tag) => tag.trim() === "*" || weak(tag) === weak(etag));
  }
  const since = Date.parse(headers.get("if-modified-since") ?? "");
  return !Number.isNaN(since) && modified.getTime() <= since;
}

function plain(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}
