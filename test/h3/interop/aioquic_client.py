"""aioquic as a client of our server: every exchange of the suite, checked here; prints what went wrong, or "good".

aioquic_client.py URL CERT LENGTHS
"""

import asyncio
import hashlib
import sys
from urllib.parse import urlsplit

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, StreamReset

URL = urlsplit(sys.argv[1])
LENGTHS = [int(length) for length in sys.argv[3].split(",")]
SECONDS = 80


def content(length):
    return bytes((at * 31 + (at >> 8)) & 0xFF for at in range(length))


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Wrong(Exception):
    pass


def expect(what, found, wanted):
    if found != wanted:
        raise Wrong(f"{what}: {str(found)[:100]} and not {str(wanted)[:100]}")


class Answer:
    def __init__(self):
        self.done = asyncio.get_running_loop().create_future()
        self.informational = []
        self.head = None
        self.trailers = None
        self.pieces = []

    @property
    def status(self):
        return int(self.head[b":status"])

    @property
    def body(self):
        return b"".join(self.pieces)

    def headers(self, headers):
        fields = dict(headers)
        if self.head is not None:
            self.trailers = fields
        elif fields[b":status"].startswith(b"1"):
            self.informational.append(fields)
        else:
            self.head = fields

    def end(self, result):
        if not self.done.done():
            self.done.set_result(result)


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)
        self.answers = {}
        self.terminated = None

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated):
            self.terminated = event
            for answer in self.answers.values():
                answer.end("connection")
        if isinstance(event, StreamReset) and event.stream_id in self.answers:
            self.answers[event.stream_id].end(f"reset {event.error_code:#x}")
        for heard in self.http.handle_event(event):
            answer = self.answers.get(getattr(heard, "stream_id", None))
            if answer is None:
                continue
            if isinstance(heard, HeadersReceived):
                answer.headers(heard.headers)
            elif isinstance(heard, DataReceived):
                answer.pieces.append(heard.data)
            if getattr(heard, "stream_ended", False):
                answer.end("end")

    def send(self, method, path, fields=(), body=None, trailers=None):
        stream = self._quic.get_next_available_stream_id()
        answer = self.answers[stream] = Answer()
        answer.stream = stream
        head = [
            (b":method", method.encode()),
            (b":scheme", b"https"),
            (b":authority", URL.netloc.encode()),
            (b":path", path.encode()),
            (b"user-agent", b"aioquic"),
            *fields,
        ]
        self.http.send_headers(stream, head, end_stream=body is None)
        if body is not None:
            for at in range(0, len(body), 30_000):
                self.http.send_data(stream, body[at : at + 30_000], end_stream=False)
            if trailers is None:
                self.http.send_data(stream, b"", end_stream=True)
            else:
                self.http.send_headers(stream, trailers, end_stream=True)
        self.transmit()
        return answer

    async def ask(self, method, path, **rest):
        answer = self.send(method, path, **rest)
        expect(f"{method} {path}", await answer.done, "end")
        return answer


async def bodies(client):
    for length in LENGTHS:
        wanted = digest(content(length))
        got = await client.ask("GET", f"/bytes/{length}")
        expect(f"GET {length}", (got.status, len(got.body), digest(got.body)), (200, length, wanted))
        back = await client.ask("POST", "/echo", body=content(length))
        expect(f"echo {length}", (back.status, len(back.body), digest(back.body)), (200, length, wanted))
        if length > 0:
            expect("trailers of the answer", back.trailers, {b"x-length": str(length).encode()})
    counted = await client.ask("POST", "/count", body=b"abc", trailers=[(b"x-sum", b"7")])
    expect("trailers of the request", counted.body, b"3 7")
    # Of no content: aioquic compares a content-length with the content that an answer to HEAD does not have.
    head = await client.ask("HEAD", "/bytes/0")
    expect("HEAD", (head.status, head.body), (200, b""))
    missing = await client.ask("GET", "/nothing")
    expect("404", missing.status, 404)


async def many(client):
    """More than the server lets be open at a time: aioquic waits for MAX_STREAMS by itself."""
    answers = [client.send("GET", f"/bytes/{at}") for at in range(300)]
    for at, answer in enumerate(answers):
        expect(f"many {at}", (await answer.done, len(answer.body)), ("end", at))


async def crumbs(client):
    few = await client.ask("GET", "/cookies", fields=[(b"cookie", b"a=1"), (b"cookie", b"b=2")])
    expect("cookies", few.body, b"a=1; b=2")
    lots = [(b"cookie", b"c%d=1" % at) for at in range(300)]
    answer = client.send("GET", "/cookies", fields=lots)
    await answer.done
    expect("too many cookies", answer.status, 431)


async def breaks(client):
    answer = client.send("GET", "/fail")
    expect("a stream that breaks", await answer.done, "reset 0x102")
    endless = client.send("GET", "/endless")
    while len(endless.body) < 100_000:
        await asyncio.sleep(0.01)
    client._quic.stop_stream(endless.stream, 0x10C)
    client.transmit()
    # A server that is told to stop resets with the client's code (RFC 9000 section 3.5).
    expect("an answer that is left", await endless.done, "reset 0x10c")


async def main():
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=True)
    configuration.load_verify_locations(sys.argv[2])
    configuration.server_name = "localhost"
    async with connect("127.0.0.1", URL.port, configuration=configuration, create_protocol=Client) as client:
        version = await client.ask("GET", "/version")
        expect("version", version.body, b"3")
        for part in (bodies, many, crumbs, breaks):
            await part(client)
        after = await client.ask("GET", "/")
        expect("afterwards", after.body, b"hello")
        settings = {int(key): value for key, value in client.http.received_settings.items()}
        print("settings", " ".join(f"{key:#x}={value}" for key, value in settings.items()))
        expect("the connection", client.terminated, None)
    print("good")


try:
    asyncio.run(asyncio.wait_for(main(), SECONDS))
except Wrong as wrong:
    print(wrong)
    sys.exit(1)
