/* Benchmark peer: the QPACK decoder of ls-qpack, through its public functions. It writes names and values into a buffer that it
 * asks for; nothing else is copied. What it has for the decoder stream is taken with each message. */
#include "qpack.h"

#include <lsqpack.h>
#include <lsxpack_header.h>

/* Room for the text of one message. */
#define TEXT_BYTES 65536

typedef struct {
  struct lsxpack_header field;
  size_t used;
  counts_t *counts;
  char text[TEXT_BYTES];
} message_t;

static message_t message;

static void on_unblocked(void *user) { (void)user; }

static struct lsxpack_header *prepare(void *user, struct lsxpack_header *field, size_t space) {
  message_t *to = user;
  if (to->used + space > TEXT_BYTES) return NULL;
  if (field) {
    field->val_len = (lsxpack_strlen_t)space; /* there is room behind it already */
    return field;
  }
  lsxpack_header_prepare_decode(&to->field, to->text, to->used, space);
  return &to->field;
}

static int on_field(void *user, struct lsxpack_header *field) {
  message_t *to = user;
  to->used += lsxpack_header_get_dec_size(field);
  if (to->counts) to->counts->fields++;
  return 0;
}

static const struct lsqpack_dec_hset_if callbacks = {on_unblocked, prepare, on_field};

static int decode(struct lsqpack_dec *decoder, uint64_t stream_id, block_t block, counts_t *counts) {
  unsigned char feedback[LSQPACK_LONGEST_HEADER_ACK + LSQPACK_LONGEST_ICI];
  size_t length = LSQPACK_LONGEST_HEADER_ACK;
  const unsigned char *at = block.section;
  if (block.instructions_length > 0 &&
      lsqpack_dec_enc_in(decoder, block.instructions, block.instructions_length) != 0)
    return 0;
  message.used = 0;
  message.counts = counts;
  if (lsqpack_dec_header_in(decoder, &message, stream_id, block.section_length, &at, block.section_length, feedback,
                            &length) != LQRHS_DONE)
    return 0;
  if (lsqpack_dec_ici_pending(decoder)) lsqpack_dec_write_ici(decoder, feedback, sizeof feedback);
  if (counts) counts->messages++;
  return 1;
}

static int pass(const input_t *input, counts_t *counts) {
  struct lsqpack_dec decoder;
  lsqpack_dec_init(&decoder, NULL, CAPACITY, BLOCKED_STREAMS, &callbacks, 0);
  const uint8_t *at = (const uint8_t *)input->stream;
  uint64_t stream_id = 0;
  int good = 1;
  for (size_t i = 0; good && i < input->pieces; i++) {
    size_t length = input->lengths[i];
    if (length == 0) { /* the next connection */
      lsqpack_dec_cleanup(&decoder);
      lsqpack_dec_init(&decoder, NULL, CAPACITY, BLOCKED_STREAMS, &callbacks, 0);
      stream_id = 0;
      continue;
    }
    good = decode(&decoder, stream_id, block_at(at, length), counts);
    stream_id += 4;
    at += length;
  }
  lsqpack_dec_cleanup(&decoder);
  return good;
}
