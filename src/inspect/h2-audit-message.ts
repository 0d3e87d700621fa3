// Everything that is wrong with a field section of HTTP/2, one by one (RFC 9113 sections 8.1 to 8.5, RFC 8441 section 4).

import type { ErrorName } from "../index.js";
import { isHostValue, isPath, isScheme, isToken, valueFault } from "./field-grammar.js";
import type { SectionKind } from "./h2-plain.js";
import type { BlockField } from "./hpack-reader.js";

/** A mistake in a section: at a field, or (-1) of the section as a whole. */
export interface SectionFault {
  readonly code: ErrorName;
  readonly at: number;
}

/** What is known around a section. */
export interface SectionContext {
  readonly kind: SectionKind;
  readonly isRequest: boolean;
  /** Extended CONNECT was announced, or nobody knows. */
  readonly offersConnect: boolean;
}

const REQUEST_PSEUDO = new Set([":method", ":scheme", ":authority", ":path", ":protocol"]);
const CONNECTION_FIELDS = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** All faults, those of fields in their order. */
export function sectionFaults(
  fields: readonly BlockField[],
  context: SectionContext,
): SectionFault[] {
  const faults: SectionFault[] = [];
  const seen = new Map<string, BlockField[]>();
  let isRegular = false;
  for (const field of fields) {
    const { name, at } = field;
    const add = (code: ErrorName) => faults.push({ code, at });
    const isPseudo = name.startsWith(":");
    const isKnown = !isPseudo || name === ":status" || REQUEST_PSEUDO.has(name);
    const before = seen.get(name);
    if (isPseudo && isKnown) {
      if (isRegular) add("H2_PSEUDO_MISPLACED");
      if (before !== undefined) add("H2_PSEUDO_REPEATED");
      pseudoPlace(name, context, add);
    }
    fieldFault(field, isPseudo, isKnown, add);
    if (!isPseudo) isRegular = true;
    if (name === "te" && (context.kind === "trailers" || !context.isRequest)) add("H2_TE_INVALID");
    if (name === "content-length" && before !== undefined) add("H2_CONTENT_LENGTH_INVALID");
    if (before === undefined) seen.set(name, [field]);
    else before.push(field);
  }
  if (context.kind !== "trailers") wholeFaults(seen, context, faults);
  return faults;
}

function pseudoPlace(
  name: string,
  { kind, isRequest }: SectionContext,
  add: (code: ErrorName) => void,
): void {
  if (kind === "trailers") add("H2_PSEUDO_IN_TRAILERS");
  else if (REQUEST_PSEUDO.has(name) !== isRequest) add("H2_PSEUDO_WRONG");
}

/** Name, octets and form of one field. */
function fieldFault(
  { name, value }: BlockField,
  isPseudo: boolean,
  isKnown: boolean,
  add: (code: ErrorName) => void,
): void {
  if (!isToken(isPseudo ? name.slice(1) : name) || /[A-Z]/.test(name))
    return add("H2_FIELD_NAME_INVALID");
  if (!isKnown) return add("H2_PSEUDO_UNKNOWN");
  if (valueFault(value) !== null || /^[ \t]|[ \t]$/.test(value))
    return add("H2_FIELD_VALUE_INVALID");
  if (CONNECTION_FIELDS.has(name)) add("H2_CONNECTION_FIELD");
  else if (name === "te" && value !== "trailers") add("H2_TE_INVALID");
  else if (name === ":method" && !isToken(value)) add("H2_METHOD_INVALID");
  else if (name === ":scheme" && !isScheme(value)) add("H2_SCHEME_INVALID");
  else if (name === ":path" && !isPath(value)) add("H2_PATH_INVALID");
  else if (name === ":protocol" && !isToken(value)) add("H2_PROTOCOL_INVALID");
  else if ((name === ":authority" || name === "host") && (value === "" || !isHostValue(value)))
    add("H2_AUTHORITY_INVALID");
  else if (name === "content-length" && !/^\d+$/.test(value)) add("H2_CONTENT_LENGTH_INVALID");
  else if (name === ":status" && !/^[1-5]\d\d$/.test(value)) add("H2_STATUS_INVALID");
  else if (name === ":status" && value === "101") add("H2_STATUS_SWITCHING");
}

type Seen = ReadonlyMap<string, readonly BlockField[]>;

function wholeFaults(seen: Seen, context: SectionContext, faults: SectionFault[]): void {
  const add = (code: ErrorName, at = -1) => faults.push({ code, at });
  const length = seen.get("content-length")?.[0];
  if (length !== undefined && /^\d+$/.test(length.value)) {
    if (!Number.isSafeInteger(Number(length.value))) add("H2_CONTENT_LENGTH_INVALID", length.at);
  }
  if (!context.isRequest) {
    if (!seen.has(":status")) add("H2_PSEUDO_MISSING");
    return;
  }
  requestFaults(seen, context, add);
  if (context.kind !== "push") return;
  const method = seen.get(":method")?.[0]?.value;
  const isSafe = method === undefined || method === "GET" || method === "HEAD";
  if (!isSafe || !seen.has(":authority") || Number(length?.value ?? 0) > 0) add("H2_PUSH_INVALID");
}

function requestFaults(
  seen: Seen,
  { offersConnect }: SectionContext,
  add: (code: ErrorName, at?: number) => void,
): void {
  const method = seen.get(":method")?.[0];
  if (method === undefined) add("H2_PSEUDO_MISSING");
  const protocol = seen.get(":protocol")?.[0];
  const isConnect = method?.value === "CONNECT";
  if (protocol !== undefined && (!offersConnect || !isConnect))
    add("H2_PROTOCOL_INVALID", protocol.at);
  const authority = seen.get(":authority")?.[0];
  hostFaults(seen, authority, add);
  if (isConnect && protocol === undefined) {
    const hasTarget = seen.has(":scheme") || seen.has(":path");
    if (hasTarget || !/:\d+$/.test(authority?.value ?? "")) add("H2_CONNECT_INVALID");
    return;
  }
  if (protocol !== undefined && authority === undefined) add("H2_PSEUDO_MISSING");
  if (!seen.has(":scheme")) add("H2_PSEUDO_MISSING");
  const path = seen.get(":path")?.[0];
  if (path === undefined) return add("H2_PSEUDO_MISSING");
  const scheme = seen.get(":scheme")?.[0]?.value;
  const isHttp = scheme === "http" || scheme === "https";
  const isOptions = path.value === "*" && method?.value === "OPTIONS";
  if (isHttp && isPath(path.value) && !path.value.startsWith("/") && !isOptions)
    add("H2_PATH_INVALID", path.at);
}

function hostFaults(
  seen: Seen,
  authority: BlockField | undefined,
  add: (code: ErrorName, at?: number) => void,
): void {
  const hosts = seen.get("host") ?? [];
  for (const [i, { value, at }] of hosts.entries()) {
    const differs =
      authority !== undefined && value.toLowerCase() !== authority.value.toLowerCase();
    if (i > 0 || differs) add("H2_HOST_DIFFERS", at);
  }
}
