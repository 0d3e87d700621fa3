/* Benchmark peer: the frame decoder of ngtcp2, by which its connections read every packet. A piece is the payload of a packet. */
#define WITH_NGTCP2
#include "quic.h"

static int pass(const input_t *input, counts_t *counts) {
  const uint8_t *at = (const uint8_t *)input->stream;
  for (size_t i = 0; i < input->pieces; i++) {
    size_t length = input->lengths[i];
    long frames = read_frames(at, length, counts ? &counts->fields : NULL);
    if (frames < 0) return 0;
    if (counts) {
      counts->messages += (uint64_t)frames;
      counts->body_bytes += length;
    }
    at += length;
  }
  return 1;
}
