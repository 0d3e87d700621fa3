// Words and numbers of the tree: octets of strangers made harmless, figures a person can read, colours.

/** Colours or none. */
export interface TreeStyle {
  bold(text: string): string;
  dim(text: string): string;
  name(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}

const same = (text: string) => text;

export const PLAIN_TREE: TreeStyle = {
  bold: same,
  dim: same,
  name: same,
  good: same,
  warn: same,
  bad: same,
};

const colour = (on: number, off: number) => (text: string) =>
  text === "" ? "" : `\u001b[${on}m${text}\u001b[${off}m`;

export const COLOURED_TREE: TreeStyle = {
  bold: colour(1, 22),
  dim: colour(2, 22),
  name: colour(36, 39),
  good: colour(32, 39),
  warn: colour(33, 39),
  bad: colour(31, 39),
};

/** What a terminal would act on, or show as something else than it is: everything but printable ASCII. */
const UNPRINTABLE = /[^\x20-\x7e]/g;

/** Text of the wire for a terminal: other octets than printable ASCII as \xNN. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 256
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** 1234567 as 1,234,567; any integer. */
export function count(value: number | bigint): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** "1 field", "2 fields". */
export function times(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? "" : "s"}`;
}

export function octets(value: number): string {
  return `${count(value)} B`;
}

/** Seconds as "350 µs", "12.3 ms", "4.56 s". */
export function duration(seconds: number): string {
  const sign = seconds < 0 ? "-" : "";
  const value = Math.abs(seconds);
  if (value < 0.0009995) return `${sign}${Math.round(value * 1e6)} µs`;
  if (value < 0.9995) return `${sign}${(value * 1e3).toPrecision(3)} ms`;
  return `${sign}${value < 100 ? value.toPrecision(3) : Math.round(value)} s`;
}

/** "+12.3 ms" since the beginning. */
export function moment(time: number | null, start: number | null): string {
  return time === null || start === null || time === start ? "" : `+${duration(time - start)}`;
}

/** Names with their counts, in the order in which they came: "HEADERS, DATA ×3". */
export function tally(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .map(([name, times]) => `${printable(name)}${times === 1 ? "" : ` ×${count(times)}`}`)
    .join(", ");
}

/** Adds to a count; kinds beyond `most` fall together, so that a stranger cannot make the list long. */
export function add(counts: Map<string, number>, name: string, by = 1, most = 64): void {
  const key = counts.has(name) || counts.size < most ? name : "others";
  counts.set(key, (counts.get(key) ?? 0) + by);
}
