/* What the QPACK peers in C share: the pieces of their input files (bench/inputs/qpack-inputs.ts, connection-lists.ts). */
#ifndef TERCET_BENCH_QPACK_H
#define TERCET_BENCH_QPACK_H

#include "peer.h"

#define CAPACITY 4096
#define BLOCKED_STREAMS 100

/* One message to be decoded. */
typedef struct {
  const uint8_t *instructions;
  size_t instructions_length;
  const uint8_t *section;
  size_t section_length;
} block_t;

static inline block_t block_at(const uint8_t *piece, size_t length) {
  uint32_t count;
  memcpy(&count, piece, sizeof count);
  block_t block = {piece + 4, count, piece + 4 + count, length - 4 - count};
  return block;
}

/* Section Acknowledgment (RFC 9204 section 4.4.1): returns its length. */
static inline size_t acknowledge(uint64_t stream_id, uint8_t *out) {
  if (stream_id < 127) {
    out[0] = (uint8_t)(0x80 | stream_id);
    return 1;
  }
  size_t length = 0;
  out[length++] = 0xff;
  for (stream_id -= 127; stream_id >= 128; stream_id >>= 7) out[length++] = (uint8_t)(stream_id | 0x80);
  out[length++] = (uint8_t)stream_id;
  return length;
}

#endif
