/* Benchmark peer: the HPACK encoder of nghttp2, through its public functions. */
#include "field-lists.h"

#include <nghttp2/nghttp2.h>

#define TABLE_SIZE 4096
#define MAX_BLOCK (1 << 18)

static const char *parsed;
static list_t *lists;
static nghttp2_nv **values;
static uint8_t out[MAX_BLOCK];

static void parse(const input_t *input) {
  lists = parse_lists(input);
  values = calloc(input->pieces, sizeof *values);
  for (size_t i = 0; i < input->pieces; i++) {
    values[i] = calloc(lists[i].count + 1, sizeof(nghttp2_nv));
    for (size_t j = 0; j < lists[i].count; j++) {
      field_t field = lists[i].fields[j];
      nghttp2_nv value = {(uint8_t *)field.name, (uint8_t *)field.value, field.name_length, field.value_length,
                          NGHTTP2_NV_FLAG_NONE};
      values[i][j] = value;
    }
  }
  parsed = input->stream;
}

static int pass(const input_t *input, counts_t *counts) {
  nghttp2_hd_deflater *deflater;
  if (parsed != input->stream) parse(input);
  if (nghttp2_hd_deflate_new(&deflater, TABLE_SIZE) != 0) return 0;
  int good = 1;
  for (size_t i = 0; good && i < input->pieces; i++) {
    if (lists[i].count == 0) { /* the next connection */
      nghttp2_hd_deflate_del(deflater);
      if (nghttp2_hd_deflate_new(&deflater, TABLE_SIZE) != 0) return 0;
      continue;
    }
    ssize_t length = nghttp2_hd_deflate_hd(deflater, out, sizeof out, values[i], lists[i].count);
    good = length > 0;
    if (counts && good) {
      counts->messages++;
      counts->fields += lists[i].count;
      counts->wire_bytes += (uint64_t)length;
    }
  }
  nghttp2_hd_deflate_del(deflater);
  return good;
}
