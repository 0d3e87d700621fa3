// Waits for the whole answer to a request of node:http.

import type http from "node:http";

/** Reads the answer of a node:http request to its end. */
export function nodeRequest(request: http.ClientRequest, ends = true): Promise<number> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    if (ends) request.end();
  });
}
