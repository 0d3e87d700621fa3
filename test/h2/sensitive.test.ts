// Never-indexed fields through a connection: what the sender names arrives marked, and a proxy can pass the mark on.
// Rules: HP-030, HP-031.

import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";

function pair(): { client: H2Connection; server: H2Connection } {
  const client = new H2Connection({ role: "client" });
  const server = new H2Connection({ role: "server" });
  return { client, server };
}

function joined(chunks: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

const REQUEST = { method: "GET", authority: "a", headers: ["x-key", "secret", "x-open", "1"] };

describe("sensitive", () => {
  test("HP-031 a request's named fields, and the ones that always are", () => {
    const { client, server } = pair();
    client.sendRequest({
      ...REQUEST,
      headers: [...REQUEST.headers, "authorization", "Basic eA=="],
      sensitive: ["X-Key"],
    });
    const heads = server
      .receive(joined(client.take()))
      .flatMap((event) => (event.type === "head" ? [event.head] : []));
    const marks = ["x-key", "X-KEY", "authorization", "x-open"].map((name) =>
      heads[0]?.isSensitive(name),
    );
    expect(marks).toEqual([true, true, true, false]);
  });

  test("HP-030 a response, interim ones and trailers: a proxy passes the marks on", () => {
    const { client, server } = pair();
    const id = client.sendRequest(REQUEST);
    server.receive(joined(client.take()));
    const sensitive = new Set(["x-key"]);
    server.sendInformational(id, { status: 103, headers: ["x-key", "1"], sensitive });
    server.sendResponse(id, { status: 200, headers: ["x-key", "2", "x-open", "3"], sensitive });
    server.sendData(id, new Uint8Array(3));
    server.sendTrailers(id, ["x-key", "4"], sensitive);
    const marks = client.receive(joined(server.take())).flatMap((event) => {
      if (event.type === "head" || event.type === "informational")
        return [[event.head.isSensitive("x-key"), event.head.isSensitive("x-open")]];
      return event.type === "trailers" ? [[event.trailers.isSensitive("x-key")]] : [];
    });
    expect(marks).toEqual([[true, false], [true, false], [true]]);
  });

  test.each([["x-key"], [[1]], [{}], [1]] as unknown[][])("%j is no list of names", (sensitive) => {
    const { client } = pair();
    client.take();
    const wrong = { ...REQUEST, sensitive: sensitive as string[] };
    expect(() => client.sendRequest(wrong)).toThrow(
      expect.objectContaining({ code: "H2_SENSITIVE_INVALID" }),
    );
    expect(client.take()).toEqual([]);
  });
});
