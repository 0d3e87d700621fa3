// What the packed package must do on every runtime: one request in two pieces, its answer, the same
// message over a client and a server byte by byte, a peer's mistake, a wrong use. Uses nothing but the
// language and TextEncoder/TextDecoder, so that it runs everywhere.
import { ProtocolError, UsageError } from "tercet";
import { H1Connection } from "tercet/h1";
import { H2Connection, H2FrameParser } from "tercet/h2";
import { H3Connection } from "tercet/h3";
import { HpackDecoder, HpackEncoder } from "tercet/hpack";
import { QpackDecoder, QpackEncoder } from "tercet/qpack";
import * as web from "tercet/web";
import * as webtransport from "tercet/webtransport";

/** Runs everything. Gives one line for a person; throws at the first thing that is wrong. */
export function smoke() {
  const parts = [twoPieces(), roundTrip(), http2(), http3(), peerMistake(), wrongUse()];
  equal(Object.keys(web).length > 0, true, "names of tercet/web");
  equal(Object.keys(webtransport).length > 0, true, "names of tercet/webtransport");
  return `smoke ok: ${parts.join(", ")}`;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function twoPieces() {
  const server = new H1Connection({ role: "server" });
  const first = server.receive(encoder.encode("POST /echo HTTP/1.1\r\nHost: exam"));
  equal(first.length, 0, "events of half a head");

  const rest = "ple.com\r\nX-Long: \xe9\r\nContent-Length: 5\r\n\r\nhello";
  const events = server.receive(latin1(rest));
  equal(events.map((event) => event.type).join(), "head,data,end", "events of a request");
  const { streamId, head } = events[0];
  equal(streamId, 1, "streamId");
  equal(`${head.method} ${head.target} ${head.httpVersion}`, "POST /echo 1.1", "request line");
  equal(head.get("HOST"), "example.com", "a field cut in two");
  equal(head.rawHeaders.join("|"), "Host|example.com|X-Long|\xe9|Content-Length|5", "rawHeaders");
  equal(decoder.decode(events[1].bytes), "hello", "body");

  const headers = ["content-type", "text/plain"];
  server.sendResponse(streamId, { status: 200, headers, content: "hello\n" });
  const answer = decoder.decode(join(server.take()));
  equal(answer.startsWith("HTTP/1.1 200"), true, `status line of ${JSON.stringify(answer)}`);
  equal(answer.endsWith("\r\n\r\nhello\n"), true, `body of ${JSON.stringify(answer)}`);
  return "two pieces";
}

function roundTrip() {
  const client = new H1Connection({ role: "client" });
  const server = new H1Connection({ role: "server" });
  const streamId = client.sendRequest({
    method: "POST",
    path: "/upload",
    authority: "example.com",
    headers: { "content-type": "text/plain" },
    body: "chunked",
  });
  client.sendData(streamId, encoder.encode("chunk one,"));
  client.sendData(streamId, encoder.encode("chunk two"));
  client.sendEnd(streamId);

  const request = byteByByte(server, join(client.take()));
  equal(request.types, "head,data,end", "events at the server");
  equal(request.body, "chunk one,chunk two", "body at the server");

  server.sendResponse(1, { status: 201, headers: [["x-seen", "yes"]], content: "made" });
  const response = byteByByte(client, join(server.take()));
  equal(response.types, "head,data,end", "events at the client");
  equal(response.head.status, 201, "status");
  equal(response.head.get("x-seen"), "yes", "field of the response");
  equal(response.body, "made", "body at the client");
  return "round trip";
}

function http2() {
  const client = new H2Connection({ role: "client" });
  const server = new H2Connection({ role: "server" });
  const headers = ["x-long", "a value that Huffman shortens"];
  const streamId = client.sendRequest({
    method: "POST",
    path: "/upload",
    authority: "example.com",
    headers,
    content: "question",
  });
  const sent = join(client.take());
  const frames = new H2FrameParser({ preface: true }).receive(sent);
  const names = frames.map(({ name }) => name).join();
  equal(names, "SETTINGS,WINDOW_UPDATE,HEADERS,DATA", "frames of a request");

  equal(byteByByte(server, sent).body, "question", "content at the HTTP/2 server");
  server.sendResponse(streamId, { status: 200, headers: [], content: "answer" });
  equal(byteByByte(client, join(server.take())).body, "answer", "content at the HTTP/2 client");

  const list = new HpackDecoder().decode(new HpackEncoder().encode(headers));
  equal(list.join("|"), headers.join("|"), "a list through HPACK");
  return "http/2";
}

function http3() {
  const client = new H3Connection({ role: "client" });
  const server = new H3Connection({ role: "server" });
  const headers = ["x-long", "a value that Huffman shortens"];
  const streamId = client.sendRequest({
    method: "POST",
    path: "/upload",
    authority: "example.com",
    headers,
    content: "question",
  });
  equal(overStreams(client, server), "question", "content at the HTTP/3 server");
  server.sendResponse(streamId, { status: 200, headers: [], content: "answer" });
  equal(overStreams(server, client), "answer", "content at the HTTP/3 client");

  const list = new QpackDecoder().decode(0, new QpackEncoder().encode(0, headers));
  equal(list.join("|"), headers.join("|"), "a list through QPACK");
  return "http/3";
}

/** What one end has for its streams goes to the other, byte by byte. Gives the content that arrives. */
function overStreams(from, to) {
  const events = [];
  for (const { streamId, bytes, fin } of from.takeStreams()) {
    for (const byte of bytes)
      events.push(...to.receiveStream(streamId, Uint8Array.of(byte), false));
    if (fin) events.push(...to.receiveStream(streamId, new Uint8Array(0), true));
  }
  const failed = events.find((event) => event.type === "error");
  if (failed) throw failed.error;
  return decoder.decode(join(events.flatMap((event) => event.bytes ?? [])));
}

function peerMistake() {
  const server = new H1Connection({ role: "server" });
  const events = server.receive(encoder.encode("GET / HTTP/1.1\r\nHost : example.com\r\n\r\n"));
  const last = events[events.length - 1];
  equal(last.type, "error", "last event");
  equal(last.error instanceof ProtocolError, true, "class of the error");
  equal(`${last.error.code} ${last.error.status}`, "H1_SPACE_BEFORE_COLON 400", "error");
  equal(server.state, "failed", "state");
  equal(server.receive(encoder.encode("GET / HTTP/1.1\r\n")).length, 0, "events after the error");
  equal(
    decoder.decode(join(server.take())).startsWith("HTTP/1.1 400"),
    true,
    "answer to the error",
  );
  return "peer's mistake";
}

function wrongUse() {
  const server = new H1Connection({ role: "server" });
  server.receive(encoder.encode("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"));
  try {
    server.sendResponse(1, { status: 200, headers: ["x", "a\r\nb: c"], content: "" });
  } catch (error) {
    equal(error instanceof UsageError, true, `class of ${error}`);
    equal(server.take().length, 0, "bytes sent");
    return "wrong use";
  }
  throw new Error("a line break in a value was taken");
}

/** Feeds one byte at a time; types without repeats, the head, the body joined. */
function byteByByte(connection, bytes) {
  const events = [];
  // Each piece is a copy: what a connection hands out are views of what it was given.
  for (const byte of bytes) events.push(...connection.receive(Uint8Array.of(byte)));
  const types = events.map((event) => event.type);
  return {
    types: types.filter((type, at) => type !== types[at - 1]).join(),
    head: events[0].head,
    body: decoder.decode(join(events.flatMap((event) => event.bytes ?? []))),
  };
}

function join(pieces) {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function latin1(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function equal(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${actual}, expected ${expected}`);
}
