"""httpx as a client of our server: every exchange of the suite, checked here; prints what went wrong, or "good"."""

import concurrent.futures
import sys

import httpx

URL, CERT = sys.argv[1], sys.argv[2]
LENGTHS = [int(length) for length in sys.argv[3].split(",")]
SECURE = URL.startswith("https")


def content(length):
    return bytes((at * 31 + (at >> 8)) & 0xFF for at in range(length))


def expect(what, found, wanted):
    if found != wanted:
        print(f"{what}: {str(found)[:100]} and not {str(wanted)[:100]}")
        sys.exit(1)


def pieces(whole):
    for at in range(0, len(whole), 30_000):
        yield whole[at : at + 30_000]


with httpx.Client(
    http1=False, http2=True, verify=httpx.create_ssl_context(verify=CERT) if SECURE else True, timeout=30
) as client:
    expect("version", client.get(f"{URL}/version").text, "2")
    expect("http_version", client.get(URL).http_version, "HTTP/2")
    for length in LENGTHS:
        whole = content(length)
        expect(f"GET {length}", client.get(f"{URL}/bytes/{length}").content, whole)
        expect(f"echo {length}", client.post(f"{URL}/echo", content=whole).content, whole)
        expect(f"pieces {length}", client.post(f"{URL}/echo", content=pieces(whole)).content, whole)
    head = client.head(f"{URL}/bytes/7")
    expect("HEAD", (head.status_code, head.content), (200, b""))
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        many = list(pool.map(lambda at: len(client.get(f"{URL}/bytes/{at}").content), range(200)))
    expect("many", many, list(range(200)))
    expect("431", client.get(URL, headers={"x-large": "x" * 70_000}).status_code, 431)
    # No answer that is left early: httpx does not reset the stream, and what still comes uses up its connection's window.
    try:
        client.get(f"{URL}/fail")
        expect("fail", "an answer", "an error")
    except httpx.RemoteProtocolError:
        pass
    expect("afterwards", client.get(URL).text, "hello")

print("good")
