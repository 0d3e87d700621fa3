// Key logs (NSS key log format): lines of a label, the random of the client and a secret, good and bad.

import { hexOf } from "../octets.js";
import { CLIENT_RANDOM, SECRETS } from "../tls.js";

/** One line. */
export function keyLine(label: string, random: Uint8Array, secret: Uint8Array): string {
  return `${label} ${hexOf(random)} ${hexOf(secret)}\n`;
}

/** The secrets of rows and arbitraries for one connection. */
export function keyLogOf(random = CLIENT_RANDOM, secrets = SECRETS): string {
  return [...secrets].map(([label, secret]) => keyLine(label, random, secret)).join("");
}
