// What `tercet inspect --help` says.

/** Options, outputs, the JSON shapes, examples, exit codes. */
export const INSPECT_HELP = `tercet inspect FILE [OPTIONS]: what a capture, or bytes of HTTP, say.

FILE is a capture (pcap, pcapng), raw bytes of one direction of a connection, or those as hex text; - reads standard input.
What it is, who sent it and which protocol it speaks is found from the bytes. From a capture it opens HTTP/1.1, HTTP/2 and
HTTP/3, in the clear or, with the key log of one end, inside TLS 1.2, TLS 1.3 and QUIC.

  --as h1|h2|h3|hpack|qpack|quic   what raw bytes are; h1 and h2 also: what TCP connections of a capture speak
  --role client|server             who reads raw bytes: server for bytes that a client sent
  --keylog FILE                    secrets of the connections (NSS key log format; clients write it where the environment
                                   variable SSLKEYLOGFILE names a file); a pcapng can also hold them
  --lenient                        report every violation with its rule and go on; without it a strict connection's verdict,
                                   the last of its scope
  --json                           JSON Lines: one event a line
  --hex                            annotated hex of each packet, frame and head; with --json: a member "bytes" in each
  --qlog FILE|-                    also write qlog 0.3 of the QUIC connections, for qvis (- : to standard output)
  --help

Without --json and --hex a tree: connections, streams, messages with times, fields, what header compression gained, the RFC
section of each part, errors in their place; at the end what could not be opened, why, and what to do about it.
Colours on a terminal; NO_COLOR turns them off.

Events of --json have: event, connection (number from 0; -1: the input itself), direction ("client" or "server": who sent),
offset (of a QUIC packet: bytes of the file before it; else bytes of this direction of the connection, on HTTP/3 and QUIC of the
stream, before it), time (seconds since 1970, or null), protocol; and

  connection     client, server, alpn, serverName, security, cipherSuite; comes again when more of it is known
  packet         packetType, packetNumber, length, decrypted; reason where it is false: no keys, retry, version negotiation,
                 padding, not authentic, unknown version, stateless reset, malformed, unknown connection, unknown cipher suite
  frame          name, streamId, length, rfc, and the wire fields by their RFC names in camelCase
  head, informational, trailers, push
                 streamId, headers [[name, value], ...] in wire order, startLine (HTTP/1.1), wireLength (octets as they
                 came), fieldLength (names and values)
  data           streamId, length
  end            streamId
  reset          streamId, code
  settings       streamId, settings [[id, value], ...]
  goaway         streamId, lastStreamId, code
  error          code, rule, rfc, scope ("message", "stream", "connection"), streamId, wireCode, message
  gap            length of what the capture does not have
  summary        packets, bytes, connections, messages, errors, closed {reason: count}, other {what: count}; the last line

Strings are latin1, one character an octet; bytes are hex; integers above 2^53 - 1 are strings.

Examples:
  tercet inspect traffic.pcapng --keylog keys.log
  tercet inspect traffic.pcap --json | grep '"event":"head"'
  tcpdump -i lo -w - tcp port 8080 | tercet inspect -
  printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' | tercet inspect - --role server
  echo 828684410f7777772e6578616d706c652e636f6d | tercet inspect - --as hpack --hex

Exit code: 0 good, 1 the input breaks the protocol, or is nothing that tercet knows, 2 wrong use (no such file, unknown option).
`;
