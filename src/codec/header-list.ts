// The caller's headers in any of their forms -> flat list [name, value, …]. Octets are not looked at
// here; who refuses a list says under which code.

import type { HeaderList } from "../events.js";
import { quoted } from "./quoted.js";

/** Throws the UsageError of the protocol that asks. */
export type RefuseList = (message: string) => never;

/**
 * Any HeaderList as a flat list; a flat list is returned as it is. A record's array value becomes one
 * line each.
 * @throws UsageError: what `refuse` throws
 */
export function flattenList(list: HeaderList, refuse: RefuseList): readonly string[] {
  if (typeof list !== "object" || list === null) refuse("headers are a list or a record");
  if (Array.isArray(list) && (list.length === 0 || typeof list[0] === "string")) {
    if (list.length % 2 !== 0) refuse("a flat list has an even length");
    return list as readonly string[];
  }
  return Symbol.iterator in list
    ? flattenPairs(list as Iterable<readonly [string, string]>, refuse)
    : flattenRecord(list as Readonly<Record<string, string | readonly string[]>>, refuse);
}

function flattenPairs(pairs: Iterable<readonly [string, string]>, refuse: RefuseList): string[] {
  const flat: string[] = [];
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) refuse("a pair is [name, value]");
    flat.push(pair[0], pair[1]);
  }
  return flat;
}

function flattenRecord(
  record: Readonly<Record<string, string | readonly string[]>>,
  refuse: RefuseList,
): string[] {
  const flat: string[] = [];
  for (const name of Object.keys(record)) {
    const value = record[name] as string | readonly string[];
    if (typeof value === "string") flat.push(name, value);
    else if (Array.isArray(value))
      for (const one of value as readonly string[]) flat.push(name, one);
    else refuse(`the value of ${quoted(name)} is no string and no list of them`);
  }
  return flat;
}
