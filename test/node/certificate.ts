// One self-signed certificate for the tests that speak TLS.

import { generate } from "selfsigned";

/** Key and certificate for localhost and 127.0.0.1, PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

let made: Promise<Certificate> | undefined;
let madeLeaf: Promise<Certificate> | undefined;

/** Made once for each test file. */
export function certificate(): Promise<Certificate> {
  made ??= make();
  return made;
}

/** The same that is no authority: browsers and Deno take no other for a server. */
export function leafCertificate(): Promise<Certificate> {
  madeLeaf ??= make(false);
  return madeLeaf;
}

async function make(cA = true): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA, critical: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { key, cert };
}
