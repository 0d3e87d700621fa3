// A key and a certificate for this machine, made now and kept nowhere: X.509 (RFC 5280) by hand, as much as one
// self-signed certificate needs. Node can sign, but not write certificates.

import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** Days that it is good for: browsers do not take more than 14 of one that they are told to trust by its hash. */
const DAYS = 13;

const OID_ECDSA_SHA256 = "2a8648ce3d040302";
const OID_COMMON_NAME = "550403";
const OID_ALT_NAME = "551d11";
const OID_BASIC_CONSTRAINTS = "551d13";

/** Tags of DER (X.690). */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** Kinds of names in a subjectAltName. */
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** Key and certificate for localhost, 127.0.0.1 and ::1, PEM; on the curve P-256. */
export function selfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const algorithm = der(SEQUENCE, der(OID, OID_ECDSA_SHA256));
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, der(OID, OID_COMMON_NAME), der(UTF8_STRING, text("localhost")))),
  );
  const body = der(
    SEQUENCE,
    // Version 3.
    der(VERSION, der(INTEGER, "02")),
    // Positive, and not padded.
    der(INTEGER, `5a${randomBytes(8).toString("hex")}`),
    algorithm,
    name,
    der(SEQUENCE, time(-1), time(DAYS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(EXTENSIONS, der(SEQUENCE, altNames(), noAuthority())),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = der(
    SEQUENCE,
    body,
    algorithm,
    der(BIT_STRING, Buffer.concat([Buffer.alloc(1), signature])),
  );
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const lines = certificate
    .toString("base64")
    .match(/.{1,64}/g)
    ?.join("\n");
  return { key, cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` };
}

function altNames(): Buffer {
  const names = der(
    SEQUENCE,
    der(DNS_NAME, text("localhost")),
    der(IP_ADDRESS, Buffer.from([127, 0, 0, 1])),
    der(IP_ADDRESS, Buffer.from([...Array(15).fill(0), 1])),
  );
  return der(SEQUENCE, der(OID, OID_ALT_NAME), der(OCTET_STRING, names));
}

/** basicConstraints, critical: this certificate signs no others. */
function noAuthority(): Buffer {
  const isCritical = Buffer.from([0x01, 0x01, 0xff]);
  const content = der(OCTET_STRING, der(SEQUENCE));
  return der(SEQUENCE, der(OID, OID_BASIC_CONSTRAINTS), isCritical, content);
}

/** The moment so many days from now: YYMMDDhhmmssZ. */
function time(days: number): Buffer {
  const moment = new Date(Date.now() + days * 86_400_000).toISOString();
  return der(UTC_TIME, text(`${moment.slice(2, 19).replace(/\D/g, "")}Z`));
}

const text = (value: string): Buffer => Buffer.from(value, "latin1");

/** Tag, length, content; content as bytes or hex. */
function der(tag: number, ...content: (Uint8Array | string)[]): Buffer {
  const parts = content.map((part) => (typeof part === "string" ? Buffer.from(part, "hex") : part));
  const whole = Buffer.concat(parts);
  if (whole.length < 0x80) return Buffer.concat([Buffer.from([tag, whole.length]), whole]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(whole.length);
  const digits = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, whole]);
}
