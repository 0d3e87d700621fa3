// Drafts of the inspectors in tests: what they are, and how to compare those of the same bytes in other pieces.

/** Any draft, with its members by name. */
export type AnyDraft = Record<string, unknown> & {
  readonly event: string;
  readonly direction: "client" | "server";
  readonly offset: number;
};

/** `data` in other pieces is the same data: neighbours become one. */
export function joinedData(drafts: readonly AnyDraft[]): AnyDraft[] {
  const joined: AnyDraft[] = [];
  for (const draft of drafts) {
    const last = joined.at(-1);
    const goesOn =
      draft.event === "data" &&
      last?.event === "data" &&
      last.direction === draft.direction &&
      last.streamId === draft.streamId &&
      last.protocol === draft.protocol &&
      last.offset + (last.length as number) === draft.offset;
    if (goesOn) last.length = (last.length as number) + (draft.length as number);
    else joined.push({ ...draft });
  }
  return joined;
}

/** Codes and places of the errors among drafts. */
export function errorsOf(drafts: readonly AnyDraft[]): [code: string, offset: number][] {
  return drafts
    .filter(({ event }) => event === "error")
    .map(({ code, offset }) => [code as string, offset]);
}
