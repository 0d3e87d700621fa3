// A key and a certificate for this machine, made by openssl for one run; nothing is left on the disk.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { WrongUse } from "./wrong-use.js";

/**
 * Makes a certificate for localhost, 127.0.0.1 and ::1 that is good for two weeks.
 * @throws WrongUse where openssl is missing or fails
 */
export async function selfSigned(): Promise<{ key: string; cert: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), "tercet-"));
  const [keyFile, certFile] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
  try {
    await promisify(execFile)("openssl", [
      ...["req", "-x509", "-nodes", "-days", "14", "-subj", "/CN=localhost"],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-keyout", keyFile, "-out", certFile],
    ]);
    return { key: await readFile(keyFile, "utf8"), cert: await readFile(certFile, "utf8") };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const reason = isMissing ? "openssl is not installed" : "openssl failed";
    throw new WrongUse(`--self-signed: ${reason}; give --key and --cert instead`, "serve");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
