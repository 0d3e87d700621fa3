// The public HPACK stories (hpack-test-case) in the folder that TERCET_DATA names: recorded lists of fields of many connections,
// and what some encoders made of them. Read in place, never copied.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

/** One connection's lists; `blocks` is empty where nobody encoded them. */
export interface Story {
  readonly lists: readonly (readonly string[])[];
  readonly blocks: readonly Uint8Array[];
}

interface StoryFile {
  readonly set: string;
  readonly cases: readonly { w: string | null; h: readonly (readonly [string, string])[] }[];
}

/** The stories of some sets, by the name of the set; null where there is no TERCET_DATA. */
export function storySets(names: readonly string[]): ReadonlyMap<string, Story[]> | null {
  const folder = process.env.TERCET_DATA;
  const file = path.join(folder ?? "", "hpack-dev.json.gz");
  if (folder === undefined || !existsSync(file)) return null;
  const all = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as StoryFile[];
  const sets = new Map<string, Story[]>();
  for (const name of names) {
    const stories = all.filter((story) => story.set === name);
    sets.set(name, stories.map(storyOf));
  }
  return sets;
}

function storyOf({ cases }: StoryFile): Story {
  return {
    lists: cases.map(({ h }) => h.flat()),
    blocks: cases.flatMap(({ w }) => (w === null ? [] : [Buffer.from(w, "hex")])),
  };
}
