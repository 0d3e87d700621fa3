// What tests of the HTTP/1.1 writer share: a small valid message, as text, and the code of what is
// refused.

import {
  type RequestParts,
  type ResponseParts,
  writeRequestHead,
  writeResponseHead,
} from "../../src/codec/h1-serialize.js";
import { UsageError } from "../../src/errors.js";
import { latin1 } from "./h1-log.js";

/** What codeOf gives for a call that throws nothing. */
export const FINE = "nothing was thrown";

/** A GET, but for what differs. */
export function get(more: Partial<RequestParts> = {}): RequestParts {
  return { method: "GET", target: "/", headers: ["host", "a"], ...more };
}

/** A 200, but for what differs. */
export function ok(more: Partial<ResponseParts> = {}): ResponseParts {
  return { status: 200, headers: [], ...more };
}

/** The head of that GET. */
export function requestText(more?: Partial<RequestParts>): string {
  return latin1(writeRequestHead(get(more)));
}

/** The head of that 200. */
export function responseText(more?: Partial<ResponseParts>): string {
  return latin1(writeResponseHead(ok(more)));
}

/** The code of the UsageError that a call throws. Anything else that it throws goes on. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
  return FINE;
}
