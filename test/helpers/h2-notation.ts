// Frames of a peer as people write them, one a line: `HEADERS 1 end :method: GET | :path: /`. What our own frames are
// printed as (h2-read.ts) can be read here, too. The format: test/cases/README.md.

import { ascii, invisible } from "./h1-log.js";
import { CODE, type CodeName, SETTING, type SettingName, TYPE } from "./h2-names.js";
import {
  altSvc,
  block,
  concat,
  continuation,
  data,
  frame,
  goaway,
  headers,
  origin,
  PREFACE,
  ping,
  priority,
  priorityUpdate,
  pushPromise,
  rst,
  settings,
  settingsAck,
  windowUpdate,
} from "./h2-wire.js";

/** The bytes of these lines. @throws Error for a line that is no frame */
export function framesFrom(lines: readonly string[]): Uint8Array {
  return concat(...lines.filter((line) => line.trim() !== "").map(frameFrom));
}

/** What stands behind the name of a frame: stream, words, and the rest from the first quote or field on. */
interface Parts {
  id: number;
  words: Set<string>;
  pad: number | undefined;
  rest: string;
}

const WORD = /^(end|open|ACK|pad=\d+)(?: |$)/;

function partsOf(text: string): Parts {
  const [, number, behind = ""] = /^(\d+) ?(.*)$/.exec(text) ?? [undefined, undefined, text];
  const words = new Set<string>();
  let rest = behind;
  for (let word = WORD.exec(rest); word !== null; word = WORD.exec(rest)) {
    words.add(word[1] as string);
    rest = rest.slice(word[0].length);
  }
  const pad = [...words].find((word) => word.startsWith("pad="))?.slice(4);
  return { id: Number(number ?? 0), words, pad: pad === undefined ? undefined : Number(pad), rest };
}

/** Strings in quotes, as visible() writes them. */
function quoted(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => invisible(match[1] ?? ""));
}

/** `name: value | name: value`; a name may begin with a colon. */
function fieldsFrom(text: string): string[] {
  if (text.trim() === "") return [];
  return text.split(" | ").flatMap((one) => {
    const at = one.indexOf(":", 1);
    if (at < 0) throw new Error(`no field: ${one}`);
    return [invisible(one.slice(0, at)), invisible(one.slice(at + 1).replace(/^ /, ""))];
  });
}

function codeFrom(name: string): number {
  const value = name.startsWith("0x") ? Number(name) : CODE[name as CodeName];
  if (value === undefined || Number.isNaN(value)) throw new Error(`unknown code ${name}`);
  return value;
}

function settingsFrom(text: string): Uint8Array {
  if (text === "ACK") return settingsAck();
  const pairs = text.split(" ").filter((one) => one !== "");
  return settings(
    pairs.map((pair) => {
      const [name = "", value = ""] = pair.split("=");
      return [
        name.startsWith("0x") ? Number(name) : SETTING[name as SettingName],
        Number(value),
      ] as const;
    }),
  );
}

function headersFrom(text: string): Uint8Array {
  const { id, words, pad, rest } = partsOf(text);
  return headers(id, fieldsFrom(rest), {
    end: words.has("end"),
    open: words.has("open"),
    ...(pad === undefined ? {} : { pad }),
  });
}

function promiseFrom(text: string): Uint8Array {
  const [, id, promised, rest = ""] = /^(\d+) promises (\d+) ?(.*)$/.exec(text) ?? [];
  return pushPromise(Number(id), Number(promised), fieldsFrom(rest));
}

function priorityFrom(text: string): Uint8Array {
  const match = /^(\d+) on (\d+)(?: weight (\d+))?( exclusive)?$/.exec(text) ?? [];
  const [, id, dependency, weight = "16", exclusive] = match;
  return priority(Number(id), {
    dependency: Number(dependency),
    weight: Number(weight),
    exclusive: exclusive !== undefined,
  });
}

function frameFrom(line: string): Uint8Array {
  const [, name = "", text = ""] = /^(\S+) ?(.*)$/.exec(line.trim()) ?? [];
  const parts = partsOf(text);
  const [first = "", second = ""] = quoted(text);
  const [, number, word = ""] = /^(\d+) (\S+)/.exec(text) ?? [];
  switch (name) {
    case "PREFACE":
      return PREFACE;
    case "SETTINGS":
      return settingsFrom(text);
    case "HEADERS":
      return headersFrom(text);
    case "CONTINUATION":
      return continuation(parts.id, block(fieldsFrom(parts.rest)), !parts.words.has("open"));
    case "DATA":
      return data(parts.id, first, {
        end: parts.words.has("end"),
        ...(parts.pad === undefined ? {} : { pad: parts.pad }),
      });
    case "RST_STREAM":
      return rst(Number(number), codeFrom(word));
    case "PING":
      return ping(first, text.startsWith("ACK"));
    case "GOAWAY":
      return goaway(Number(number), codeFrom(word), first);
    case "WINDOW_UPDATE":
      return windowUpdate(Number(number), Number(word));
    case "PUSH_PROMISE":
      return promiseFrom(text);
    case "PRIORITY":
      return priorityFrom(text);
    case "PRIORITY_UPDATE":
      return priorityUpdate(parts.id, first);
    case "ALTSVC":
      return altSvc(parts.id, first, second);
    case "ORIGIN":
      return origin(...quoted(text));
    case "FRAME": {
      // FRAME type flags stream "payload": what has no notation of its own.
      const [type = "", flags = "", id = ""] = text.split(" ");
      return frame(Number(type), Number(flags), Number(id), first);
    }
    case "BYTES":
      return ascii(first);
    default:
      throw new Error(`no frame ${name}; there are ${Object.keys(TYPE).join(", ")}`);
  }
}
