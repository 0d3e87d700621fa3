/* Benchmark peer: the header decoders of ngtcp2, in the order in which its servers use them: version and connection ids of the
 * datagram, then the header of each packet in it. A piece is a datagram. */
#define WITH_NGTCP2
#include "quic.h"

static int read_datagram(const uint8_t *bytes, size_t length, counts_t *counts) {
  ngtcp2_version_cid ids;
  ngtcp2_pkt_hd header;
  if (ngtcp2_pkt_decode_version_cid(&ids, bytes, length, ID_LENGTH) != 0) return 0;
  while (length > 0) {
    int is_long = bytes[0] & 0x80;
    ngtcp2_ssize used = is_long ? ngtcp2_pkt_decode_hd_long(&header, bytes, length)
                                : ngtcp2_pkt_decode_hd_short(&header, bytes, length, ID_LENGTH);
    if (used < 0) return 0;
    size_t size = is_long ? (size_t)used + header.len : length;
    if (size > length) return 0;
    if (counts) {
      counts->messages++;
      counts->fields += header.dcid.datalen;
      counts->body_bytes += size;
    }
    bytes += size;
    length -= size;
  }
  return 1;
}

static int pass(const input_t *input, counts_t *counts) {
  const uint8_t *at = (const uint8_t *)input->stream;
  for (size_t i = 0; i < input->pieces; i++) {
    if (!read_datagram(at, input->lengths[i], counts)) return 0;
    at += input->lengths[i];
  }
  return 1;
}
