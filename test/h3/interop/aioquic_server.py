"""aioquic as a server for our client, until it is ended. A GET of /push is answered with a push beside the answer.

aioquic_server.py PORT CERT KEY
"""

import asyncio
import sys

from aioquic.asyncio import serve
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.h3.exceptions import NoAvailablePushIDError
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated


def content(length):
    return bytes((at * 31 + (at >> 8)) & 0xFF for at in range(length))


class Request:
    def __init__(self, headers):
        self.fields = dict(headers)
        self.cookies = b"; ".join(value for name, value in headers if name == b"cookie")
        self.path = self.fields[b":path"].decode()
        self.length = 0
        self.trailers = {}


class Server(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = None
        self.requests = {}

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic, enable_webtransport=True)
        if self.http is None:
            return
        for heard in self.http.handle_event(event):
            self.hear(heard)
        self.transmit()

    def hear(self, event):
        stream = event.stream_id
        request = self.requests.get(stream)
        if isinstance(event, HeadersReceived):
            if request is None:
                request = self.requests[stream] = Request(event.headers)
                if request.path == "/echo":
                    self.http.send_headers(stream, [(b":status", b"200")])
            else:
                request.trailers = dict(event.headers)
        elif isinstance(event, DataReceived):
            request.length += len(event.data)
            if request.path == "/echo":
                self.http.send_data(stream, event.data, end_stream=False)
        if getattr(event, "stream_ended", False):
            self.answer(stream, self.requests.pop(stream))

    def answer(self, stream, request):
        if request.path == "/echo":
            trailers = [(b"x-length", str(request.length).encode())]
            trailers += [(name, value) for name, value in request.trailers.items()]
            self.http.send_headers(stream, trailers, end_stream=True)
        elif request.path.startswith("/bytes/"):
            body = b"" if request.fields[b":method"] == b"HEAD" else content(int(request.path[7:]))
            self.send(stream, 200, body, [(b"content-type", b"application/octet-stream")])
        elif request.path == "/hints":
            self.http.send_headers(stream, [(b":status", b"103"), (b"link", b"</style.css>; rel=preload")])
            self.send(stream, 200, b"hinted")
        elif request.path == "/cookies":
            self.send(stream, 200, request.cookies)
        elif request.path == "/push":
            self.push(stream, request.fields[b":authority"])
            self.send(stream, 200, b"pushed")
        elif request.path == "/fail":
            self.http.send_headers(stream, [(b":status", b"200")])
            self.http.send_data(stream, content(1000), end_stream=False)
            self._quic.reset_stream(stream, 0x102)
        else:
            self.send(stream, 404, b"there is no such thing")

    def send(self, stream, status, body, fields=()):
        length = (b"content-length", str(len(body)).encode())
        head = [(b":status", str(status).encode()), *fields] + ([length] if body else [])
        self.http.send_headers(stream, head, end_stream=not body)
        if body:
            self.http.send_data(stream, body, end_stream=True)

    def push(self, stream, authority):
        request = [
            (b":method", b"GET"),
            (b":scheme", b"https"),
            (b":authority", authority),
            (b":path", b"/bytes/7"),
        ]
        try:
            pushed = self.http.send_push_promise(stream, request)
        except NoAvailablePushIDError:
            return
        self.send(pushed, 200, content(7))


async def main():
    configuration = QuicConfiguration(
        alpn_protocols=H3_ALPN, is_client=False, max_datagram_frame_size=65536
    )
    configuration.load_cert_chain(sys.argv[2], sys.argv[3])
    await serve("127.0.0.1", int(sys.argv[1]), configuration=configuration, create_protocol=Server)
    await asyncio.Future()


asyncio.run(main())
