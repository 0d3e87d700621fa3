/* Benchmark peer: the HPACK decoder of nghttp2, through its public functions. Names and values come as pointers into its
 * buffers; nothing is copied here. */
#include "peer.h"

#include <nghttp2/nghttp2.h>

/* One whole field block; 0 when it is refused. */
static int inflate(nghttp2_hd_inflater *inflater, const uint8_t *at, size_t length, counts_t *counts) {
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    ssize_t used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, at, length, 1);
    if (used < 0) return 0;
    at += used;
    length -= (size_t)used;
    if (counts && (flags & NGHTTP2_HD_INFLATE_EMIT)) counts->fields++;
    if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
    if (!(flags & NGHTTP2_HD_INFLATE_EMIT) && length == 0) break;
  }
  if (counts) counts->messages++;
  return nghttp2_hd_inflate_end_headers(inflater) == 0;
}

static int pass(const input_t *input, counts_t *counts) {
  nghttp2_hd_inflater *inflater;
  if (nghttp2_hd_inflate_new(&inflater) != 0) return 0;
  const uint8_t *at = (const uint8_t *)input->stream;
  int good = 1;
  for (size_t i = 0; good && i < input->pieces; i++) {
    size_t length = input->lengths[i];
    if (length == 0) { /* the next connection */
      nghttp2_hd_inflate_del(inflater);
      if (nghttp2_hd_inflate_new(&inflater) != 0) return 0;
      continue;
    }
    good = inflate(inflater, at, length, counts);
    at += length;
  }
  nghttp2_hd_inflate_del(inflater);
  return good;
}
