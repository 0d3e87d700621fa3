// H2Connection.receive of a server: any bytes, uncut and cut, observed and not, answered and not.

import { H2_TOKENS, h2Arbitraries } from "tercet/fuzz";
import { checkOutput, h2Compared, h2Seeds, h2Server } from "./h2-target.js";
import { seedOf, somePieces, streamsSignature, type Target } from "./target.js";

/** The target. */
export const h2ServerReceive: Target = {
  name: "h2-server-receive",
  about: "a server's receive(bytes) over HTTP/2: cuts, order of events, what it sends back",
  corpus: "h2-requests",
  tokens: H2_TOKENS,
  seeds: h2Seeds,
  arbitrary: (fc) => h2Arbitraries(fc).broken("server"),
  check(input) {
    const observe = seedOf(input) % 4 === 0;
    const settings = { enableConnectProtocol: seedOf(input) % 3 === 0 };
    const whole = h2Compared(() => h2Server({ observe, settings }), "server", input);
    h2Compared(() => h2Server({ window: "manual" }), "server", input, true);
    answerAll(input);
    return streamsSignature(whole);
  },
};

/** Every request is answered as it ends: nothing may throw, and what leaves is frames. */
function answerAll(input: Uint8Array): void {
  const server = h2Server({ clock: () => 0 });
  const answered = new Set<number>();
  for (const piece of somePieces(input)) {
    const over = new Set<number>();
    const events = server.receive(piece);
    for (const event of events) {
      if (event.type === "reset") over.add(event.streamId);
      if (event.type === "error") over.add(event.error.streamId ?? 0);
    }
    for (const event of events) {
      if (event.type !== "end" || over.has(event.streamId)) continue;
      if (server.state === "failed" || answered.has(event.streamId)) continue;
      answered.add(event.streamId);
      server.sendResponse(event.streamId, { status: 404, headers: ["x-a", "b"], content: "no" });
    }
    if (server.state === "failed") return;
    checkOutput(server, []);
  }
}
