/* Benchmark peer: the HPACK encoder of nghttp2, through its public functions. The lists are taken apart once for each input
 * file, before anything is timed; lengths of strings are then known, as nghttp2's users know them. */
#include "peer.h"

#include <nghttp2/nghttp2.h>

typedef struct {
  size_t count;
  nghttp2_nv *fields;
} list_t;

#define TABLE_SIZE 4096
#define MAX_BLOCK (1 << 18)

static list_t *lists;
static const char *parsed;
static uint8_t out[MAX_BLOCK];

/* name NUL value NUL ..: counts the fields, and writes them where there is room for them. */
static size_t split(const char *at, size_t length, nghttp2_nv *fields) {
  size_t count = 0;
  const char *end = at + length;
  while (at < end) {
    const char *value = at + strlen(at) + 1;
    if (fields) {
      nghttp2_nv field = {(uint8_t *)at, (uint8_t *)value, strlen(at), strlen(value), NGHTTP2_NV_FLAG_NONE};
      fields[count] = field;
    }
    count++;
    at = value + strlen(value) + 1;
  }
  return count;
}

/* The memory is kept until the process ends. */
static void parse(const input_t *input) {
  const char *at = input->stream;
  lists = calloc(input->pieces, sizeof *lists);
  for (size_t i = 0; i < input->pieces; i++) {
    lists[i].count = split(at, input->lengths[i], NULL);
    lists[i].fields = calloc(lists[i].count + 1, sizeof(nghttp2_nv));
    split(at, input->lengths[i], lists[i].fields);
    at += input->lengths[i];
  }
  parsed = input->stream;
}

static int pass(const input_t *input, counts_t *counts) {
  nghttp2_hd_deflater *deflater;
  if (parsed != input->stream) parse(input);
  if (nghttp2_hd_deflate_new(&deflater, TABLE_SIZE) != 0) return 0;
  int good = 1;
  for (size_t i = 0; good && i < input->pieces; i++) {
    const list_t *list = &lists[i];
    if (list->count == 0) { /* the next connection */
      nghttp2_hd_deflate_del(deflater);
      if (nghttp2_hd_deflate_new(&deflater, TABLE_SIZE) != 0) return 0;
      continue;
    }
    ssize_t length = nghttp2_hd_deflate_hd(deflater, out, sizeof out, list->fields, list->count);
    good = length > 0;
    if (counts && good) {
      counts->messages++;
      counts->fields += list->count;
      counts->wire_bytes += (uint64_t)length;
    }
  }
  nghttp2_hd_deflate_del(deflater);
  return good;
}
