// A folder with a certificate, key and content for the peers, and our own server in both clothes. Not a test.

import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ServeOptions, type Server, serve } from "tercet/node";
import { certificate } from "../node/certificate.js";
import { application, content, LENGTHS } from "./application.js";

export interface Setting {
  /** Where its files are: key.pem, cert.pem, body-N, and htdocs/N. */
  readonly folder: string;
  readonly key: string;
  readonly cert: string;
  /** SHA-256 of the public key, base64: what Chromium accepts a certificate by. */
  readonly spki: string;
  file(name: string): string;
  end(): void;
}

/** Makes the folder. */
export async function makeSetting(): Promise<Setting> {
  const folder = mkdtempSync(path.join(tmpdir(), "tercet-interop-"));
  const pem = await certificate();
  const file = (name: string) => path.join(folder, name);
  writeFileSync(file("key.pem"), pem.key);
  writeFileSync(file("cert.pem"), pem.cert);
  // haproxy wants both in one file.
  writeFileSync(file("both.pem"), `${pem.cert}\n${pem.key}\n`);
  for (const length of LENGTHS) writeFileSync(file(`body-${length}`), content(length));
  const spki = new X509Certificate(pem.cert).publicKey.export({ type: "spki", format: "der" });
  return {
    folder,
    ...pem,
    spki: createHash("sha256").update(spki).digest("base64"),
    file,
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Ours {
  readonly secure: Server;
  readonly clear: Server;
  /** What peers did wrong, as error codes. */
  readonly errors: string[];
  end(): Promise<void>;
}

/** Our server over TLS and in the clear. */
export async function startOurs(
  { key, cert }: Setting,
  options: Partial<ServeOptions> = {},
): Promise<Ours> {
  const errors: string[] = [];
  const common: ServeOptions = {
    fetch: application,
    onError: (error) => errors.push(`${error.code}: ${error.message}`),
    onFault: () => {},
    timeouts: { drainMs: 500 },
    ...options,
  };
  const clear = await serve(common);
  const secure = await serve({ ...common, tls: { key, cert } });
  return {
    ...{ clear, secure, errors },
    end: () => Promise.all([clear.close(), secure.close()]).then(() => {}),
  };
}
