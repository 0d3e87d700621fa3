// Heads and trailers that HTTP/3 sends: the checks that it shares with HTTP/2, with codes of its own (RFC 9114 section 4).
// Rules: H3-MSG-1.

import type { HeaderList } from "../events.js";
import {
  type MessageFields,
  type RequestParts,
  type ResponseParts,
  requestFields,
  responseFields,
  trailerFields,
} from "./message.js";

/**
 * The head of a request (RFC 9114 sections 4.3.1 and 4.4, RFC 9220).
 * @param options.connectProtocol whether the server sent SETTINGS_ENABLE_CONNECT_PROTOCOL = 1
 * @throws UsageError: see H3_USAGE_RULES
 */
export function h3RequestFields(
  request: RequestParts,
  options: { readonly connectProtocol: boolean },
): MessageFields {
  return requestFields(request, options, "H3");
}

/**
 * The head of a response (RFC 9114 section 4.3.2).
 * @param informational whether it is an interim one: 100 to 199 without 101
 * @throws UsageError: see H3_USAGE_RULES
 */
export function h3ResponseFields(response: ResponseParts, informational: boolean): MessageFields {
  return responseFields(response, informational, "H3");
}

/**
 * A trailer section (RFC 9114 section 4.1).
 * @throws UsageError: see H3_USAGE_RULES
 */
export function h3TrailerFields(headers: HeaderList): MessageFields {
  return trailerFields(headers, "H3");
}
