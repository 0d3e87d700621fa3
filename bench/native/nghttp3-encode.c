/* Benchmark peer: the QPACK encoder of nghttp3, through its public functions. With DYNAMIC it has a table, and each section is
 * acknowledged before the next. */
#include "field-lists.h"
#include "qpack.h"

#include <nghttp3/nghttp3.h>

static const char *parsed;
static list_t *lists;
static nghttp3_nv **values;

static void parse(const input_t *input) {
  lists = parse_lists(input);
  values = calloc(input->pieces, sizeof *values);
  for (size_t i = 0; i < input->pieces; i++) {
    values[i] = calloc(lists[i].count + 1, sizeof(nghttp3_nv));
    for (size_t j = 0; j < lists[i].count; j++) {
      field_t field = lists[i].fields[j];
      nghttp3_nv value = {(uint8_t *)field.name, (uint8_t *)field.value, field.name_length, field.value_length,
                          NGHTTP3_NV_FLAG_NONE};
      values[i][j] = value;
    }
  }
  parsed = input->stream;
}

static nghttp3_qpack_encoder *start(void) {
  nghttp3_qpack_encoder *encoder;
  if (nghttp3_qpack_encoder_new(&encoder, CAPACITY, nghttp3_mem_default()) != 0) return NULL;
#ifdef DYNAMIC
  nghttp3_qpack_encoder_set_max_dtable_capacity(encoder, CAPACITY);
  nghttp3_qpack_encoder_set_max_blocked_streams(encoder, BLOCKED_STREAMS);
#endif
  return encoder;
}

static void clear(nghttp3_buf *buffer) { buffer->pos = buffer->last = buffer->begin; }

static size_t length_of(const nghttp3_buf *buffer) { return (size_t)(buffer->last - buffer->pos); }

static int encode(nghttp3_qpack_encoder *encoder, size_t i, int64_t stream_id, counts_t *counts) {
  static nghttp3_buf prefix, section, instructions; /* grown by the library, kept */
  clear(&prefix), clear(&section), clear(&instructions);
  if (nghttp3_qpack_encoder_encode(encoder, &prefix, &section, &instructions, stream_id, values[i], lists[i].count) != 0)
    return 0;
#ifdef DYNAMIC
  if (*prefix.pos != 0) {
    uint8_t bytes[16];
    size_t length = acknowledge((uint64_t)stream_id, bytes);
    if (nghttp3_qpack_encoder_read_decoder(encoder, bytes, length) != (nghttp3_ssize)length) return 0;
  }
#endif
  if (counts) {
    counts->messages++;
    counts->fields += lists[i].count;
    counts->wire_bytes += length_of(&prefix) + length_of(&section) + length_of(&instructions);
  }
  return 1;
}

static int pass(const input_t *input, counts_t *counts) {
  if (parsed != input->stream) parse(input);
  nghttp3_qpack_encoder *encoder = start();
  int64_t stream_id = 0;
  int good = encoder != NULL;
  for (size_t i = 0; good && i < input->pieces; i++) {
    if (lists[i].count == 0) {
      nghttp3_qpack_encoder_del(encoder);
      encoder = start();
      stream_id = 0;
      good = encoder != NULL;
      continue;
    }
    good = encode(encoder, i, stream_id, counts);
    stream_id += 4;
  }
  if (encoder) nghttp3_qpack_encoder_del(encoder);
  return good;
}
