// A certificate that is trusted by its hash: valid for less than two weeks (W3C WebTransport section 5.4). Not a test.

import { generate } from "selfsigned";

let made: Promise<{ key: string; cert: string }> | undefined;

/** Key and certificate for localhost and 127.0.0.1, PEM; made once for each test file. */
export function shortCertificate(): Promise<{ key: string; cert: string }> {
  made ??= make();
  return made;
}

async function make(): Promise<{ key: string; cert: string }> {
  const day = 24 * 60 * 60 * 1000;
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    ...{ keyType: "ec", algorithm: "sha256" },
    ...{ notBeforeDate: new Date(Date.now() - day), notAfterDate: new Date(Date.now() + 10 * day) },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
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
