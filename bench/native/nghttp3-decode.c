/* Benchmark peer: the QPACK decoder of nghttp3, through its public functions. Names and values come as counted references to its
 * buffers; nothing is copied here. What it has for the decoder stream is taken after each message. */
#include "qpack.h"

#include <nghttp3/nghttp3.h>

static int decode(nghttp3_qpack_decoder *decoder, int64_t stream_id, block_t block, counts_t *counts) {
  if (block.instructions_length > 0) {
    nghttp3_ssize used =
        nghttp3_qpack_decoder_read_encoder(decoder, block.instructions, block.instructions_length);
    if (used != (nghttp3_ssize)block.instructions_length) return 0;
  }
  nghttp3_qpack_stream_context *context;
  if (nghttp3_qpack_stream_context_new(&context, stream_id, nghttp3_mem_default()) != 0) return 0;
  const uint8_t *at = block.section;
  size_t left = block.section_length;
  int good = 1, ended = 0;
  while (good && !ended) {
    nghttp3_qpack_nv field;
    uint8_t flags;
    nghttp3_ssize used = nghttp3_qpack_decoder_read_request(decoder, context, &field, &flags, at, left, 1);
    good = used >= 0 && !(flags & NGHTTP3_QPACK_DECODE_FLAG_BLOCKED);
    if (!good) break;
    at += used;
    left -= (size_t)used;
    if (flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT) {
      nghttp3_rcbuf_decref(field.name);
      nghttp3_rcbuf_decref(field.value);
      if (counts) counts->fields++;
    }
    ended = flags & NGHTTP3_QPACK_DECODE_FLAG_FINAL;
  }
  nghttp3_qpack_stream_context_del(context);
  if (counts) counts->messages++;
  return good;
}

static int take(nghttp3_qpack_decoder *decoder) {
  uint8_t bytes[64];
  size_t length = nghttp3_qpack_decoder_get_decoder_streamlen(decoder);
  if (length == 0) return 1;
  if (length > sizeof bytes) return 0;
  nghttp3_buf out = {bytes, bytes + sizeof bytes, bytes, bytes};
  nghttp3_qpack_decoder_write_decoder(decoder, &out);
  return 1;
}

static nghttp3_qpack_decoder *start(void) {
  nghttp3_qpack_decoder *decoder;
  if (nghttp3_qpack_decoder_new(&decoder, CAPACITY, BLOCKED_STREAMS, nghttp3_mem_default()) != 0) return NULL;
  return decoder;
}

static int pass(const input_t *input, counts_t *counts) {
  nghttp3_qpack_decoder *decoder = start();
  const uint8_t *at = (const uint8_t *)input->stream;
  int64_t stream_id = 0;
  int good = decoder != NULL;
  for (size_t i = 0; good && i < input->pieces; i++) {
    size_t length = input->lengths[i];
    if (length == 0) { /* the next connection */
      nghttp3_qpack_decoder_del(decoder);
      decoder = start();
      stream_id = 0;
      good = decoder != NULL;
      continue;
    }
    good = decode(decoder, stream_id, block_at(at, length), counts) && take(decoder);
    stream_id += 4;
    at += length;
  }
  if (decoder) nghttp3_qpack_decoder_del(decoder);
  return good;
}
