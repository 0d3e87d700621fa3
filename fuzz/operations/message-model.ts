// The model of a message on two connected ends: as its sender said it, as its receiver heard it, and what must hold
// between both.

/** One message as its sender said it. */
export interface Said {
  readonly start: string;
  readonly fields: readonly string[];
  /** How its content was announced. */
  readonly body: "none" | "chunked" | number;
  content: string;
  trailers: readonly string[];
  /** The sender has ended it, or it had no content from the start. */
  isEnded: boolean;
}

/** One message as its receiver heard it. */
export type Heard = Pick<Said, "start" | "fields" | "content" | "trailers" | "isEnded">;

/** A message whose head was sent. */
export function saidOf(start: string, fields: readonly string[], body: Said["body"]): Said {
  const isEnded = body === "none" || body === 0;
  return { start, fields, body, content: "", trailers: [], isEnded };
}

/** Bytes that the announced length still wants. */
export function missing({ body, content }: Said): number {
  return typeof body === "number" ? body - content.length : 0;
}

/** Throws unless `heard` is a beginning of `said`, and all of it where it ended. */
export function beginning(
  heard: Heard,
  said: Said | undefined,
  name: string,
  isReset: boolean,
): void {
  if (said === undefined) throw new Error(`${name} was never said`);
  expect(heard.start, said.start, `${name}: start`);
  expect(JSON.stringify(own(heard.fields)), JSON.stringify(said.fields), `${name}: fields`);
  if (!said.content.startsWith(heard.content)) throw new Error(`${name}: other content`);
  if (!heard.isEnded) return;
  const isComplete = said.isEnded || missing(said) === 0;
  if (!isComplete && !isReset) throw new Error(`${name} ended and was not complete`);
  expect(heard.content.length, said.content.length, `${name}: content`);
  expect(JSON.stringify(heard.trailers), JSON.stringify(said.trailers), `${name}: trailers`);
}

/** Without what the connection writes itself. */
function own(fields: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (name !== "content-length") out.push(name, fields[at + 1] ?? "");
  }
  return out;
}

/** Throws unless both are the same. */
export function expect<T>(got: T, wanted: T, what: string): void {
  if (got !== wanted) throw new Error(`${what}: ${got}, expected ${wanted}`);
}
