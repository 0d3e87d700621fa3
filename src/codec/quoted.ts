// Text of the caller in the message of a UsageError.

const SHOWN_LENGTH = 60;

/** Text of the caller for a message: quoted, control characters escaped, not endless. */
export function quoted(text: string): string {
  const shown = text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
  return JSON.stringify(shown).replace(/[\x7f-\u{10ffff}]/gu, (character) =>
    character === "…" ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
