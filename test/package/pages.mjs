// The program in a page of Chromium: bundled, unbundled through an import map, through vite's two modes, and
// under a Content-Security-Policy that forbids WebAssembly, where the error must say what to allow.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
};

const IMPORT_MAP = {
  imports: {
    tercet: "/node_modules/tercet/dist/index.js",
    "tercet/h1": "/node_modules/tercet/dist/h1.js",
    "tercet/h2": "/node_modules/tercet/dist/h2.js",
    "tercet/hpack": "/node_modules/tercet/dist/hpack.js",
    "tercet/h3": "/node_modules/tercet/dist/h3.js",
    "tercet/qpack": "/node_modules/tercet/dist/qpack.js",
    "tercet/quic": "/node_modules/tercet/dist/quic.js",
    "tercet/inspect": "/node_modules/tercet/dist/inspect/index.js",
    "tercet/webtransport": "/node_modules/tercet/dist/webtransport.js",
    "tercet/web": "/node_modules/tercet/dist/adapters/web/index.js",
    "#h1-wasm": "/node_modules/tercet/dist/engine/h1-module.js",
    "#h2-wasm": "/node_modules/tercet/dist/engine/h2-module.js",
    "#quic-wasm": "/node_modules/tercet/dist/engine/quic-module.js",
    "#h3-wasm": "/node_modules/tercet/dist/engine/h3-module.js",
  },
};

const CSP = "default-src 'none'; script-src 'self'";

export const pageChecks = [
  {
    name: "chromium: bundled by esbuild",
    async run(context) {
      await expectPage(context, await esbuildPage(context, "page"), "smoke ok");
    },
  },
  {
    name: "chromium: not bundled, import map",
    async run(context) {
      const map = `<script type="importmap">${JSON.stringify(IMPORT_MAP)}</script>`;
      writeFileSync(path.join(context.consumer, "index.html"), html("/page.mjs", map));
      await expectPage(context, context.consumer, "smoke ok");
    },
  },
  {
    name: "chromium: CSP with 'wasm-unsafe-eval'",
    async run(context) {
      const folder = await esbuildPage(context, "csp-open");
      await expectPage(context, folder, "smoke ok", `${CSP} 'wasm-unsafe-eval'`);
    },
  },
  {
    name: "chromium: CSP without it names what to allow",
    async run(context) {
      const folder = await esbuildPage(context, "csp-closed");
      await expectPage(context, folder, "'wasm-unsafe-eval'", CSP);
    },
  },
  { name: "chromium: vite build", run: viteBuild },
  { name: "chromium: vite dev", run: viteDev },
];

async function viteBuild(context) {
  const vite = await context.peers.module("vite");
  const root = viteRoot(context, "vite-build");
  await vite.build({ root, configFile: false, logLevel: "silent" });
  await expectPage(context, path.join(root, "dist"), "smoke ok");
}

async function viteDev(context) {
  const vite = await context.peers.module("vite");
  const root = viteRoot(context, "vite-dev");
  const options = { root, configFile: false, logLevel: "silent" };
  const server = await vite.createServer({ ...options, server: { host: "127.0.0.1", port: 0 } });
  try {
    await server.listen();
    await expectAt(context, `http://127.0.0.1:${server.httpServer.address().port}/`, "smoke ok");
  } finally {
    await server.close();
  }
}

/** A project of its own for vite: it writes caches into it. */
function viteRoot({ consumer, temporary }, name) {
  const folder = path.join(temporary, name);
  cpSync(consumer, folder, { recursive: true });
  writeFileSync(path.join(folder, "index.html"), html("/page.mjs"));
  return folder;
}

async function esbuildPage({ peers, consumer, temporary }, name) {
  const folder = path.join(temporary, name);
  mkdirSync(folder);
  const esbuild = await peers.module("esbuild");
  await esbuild.build({
    entryPoints: [path.join(consumer, "page.mjs")],
    outfile: path.join(folder, "bundle.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  writeFileSync(path.join(folder, "index.html"), html("/bundle.js"));
  return folder;
}

function html(script, head = "") {
  return `<!doctype html><title>smoke</title>${head}<body><script type="module" src="${script}"></script>`;
}

/** Serves a folder on loopback and waits for the text of its page. */
async function expectPage(context, folder, expected, csp) {
  const server = http.createServer((request, response) => {
    const name = new URL(request.url, "http://localhost").pathname;
    const file = path.join(folder, path.normalize(name === "/" ? "/index.html" : name));
    if (!existsSync(file)) return response.writeHead(404).end();
    const headers = { "content-type": TYPES[path.extname(file)] ?? "application/octet-stream" };
    if (csp !== undefined) headers["content-security-policy"] = csp;
    response.writeHead(200, headers).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await expectAt(context, `http://127.0.0.1:${server.address().port}/`, expected);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function expectAt({ peers }, address, expected) {
  const playwright = await peers.module("playwright-core");
  const { chromium } = playwright.default ?? playwright;
  const browser = await chromium.launch({ executablePath: peers.chromium(), args: FLAGS });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(address);
    await page.waitForSelector("body[data-done]", { timeout: 60_000 }).catch((error) => {
      throw new Error([error.message, ...complaints].join("\n"));
    });
    const text = await page.textContent("body");
    if (!text.includes(expected)) throw new Error([text, ...complaints].join("\n"));
  } finally {
    await browser.close();
  }
}
