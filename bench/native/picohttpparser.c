/* Benchmark peer: picohttpparser, used in the way that costs it least.
 *
 * - Pieces are consecutive in memory, as in a read buffer that grows, so nothing is copied to join them; each piece calls the
 *   parser again with the length it has seen before (last_len), as its documentation asks.
 * - It does not frame messages: a user must look for Content-Length and Transfer-Encoding. Here the body length is known from
 *   the input file, so that this work is not counted against it.
 * - Its chunk decoder overwrites its input, so chunked bodies are first copied, which a server that reads into its own buffer
 *   would not need. The copy is about 2 us for 64 KiB. */
#include "peer.h"

#include "picohttpparser.h"

#define MAX_FIELDS 100

static char scratch[1 << 20];

/* Parses the head at `buf`; the result is that of phr_parse_request. */
static int parse_head(const input_t *input, const char *buf, size_t length, size_t last, size_t *fields) {
  struct phr_header headers[MAX_FIELDS];
  const char *method, *path;
  size_t method_length, path_length;
  int minor, status;
  *fields = MAX_FIELDS;
  if (input->is_response) {
    return phr_parse_response(buf, length, &minor, &status, &path, &path_length, headers, fields, last);
  }
  return phr_parse_request(buf, length, &method, &method_length, &path, &path_length, &minor, headers, fields, last);
}

/* Where the connection stands between two pieces. Offsets are from the begin of the stream. */
typedef struct {
  size_t at;       /* next byte to parse */
  size_t end;      /* bytes arrived */
  size_t last;     /* bytes of an unfinished head at `at` that were already seen */
  size_t body;     /* bytes of body still to come, when not chunked */
  int in_chunks;   /* inside a chunked body */
  struct phr_chunked_decoder decoder;
} state_t;

static int parse_chunks(const input_t *input, state_t *state, counts_t *counts) {
  size_t length = state->end - state->at;
  size_t data = length;
  memcpy(scratch, input->stream + state->at, length);
  ssize_t left = phr_decode_chunked(&state->decoder, scratch, &data);
  if (left == -1) return 0;
  state->in_chunks = left < 0;
  state->at += left < 0 ? length : length - (size_t)left;
  if (counts) {
    counts->body_bytes += data;
    counts->messages += left >= 0;
  }
  return 1;
}

static int parse_sized_body(state_t *state, counts_t *counts) {
  size_t length = state->end - state->at;
  if (length > state->body) length = state->body;
  state->at += length;
  state->body -= length;
  if (counts) {
    counts->body_bytes += length;
    counts->messages += state->body == 0;
  }
  return 1;
}

/* 1 a head is complete, 0 the library refused it, -1 the head goes on in the next piece. */
static int parse_message_head(const input_t *input, state_t *state, counts_t *counts) {
  size_t fields;
  size_t length = state->end - state->at;
  int used = parse_head(input, input->stream + state->at, length, state->last, &fields);
  if (used == -1) return 0;
  state->last = used == -2 ? length : 0;
  if (used == -2) return -1;
  state->at += (size_t)used;
  state->in_chunks = input->chunked;
  state->body = input->chunked ? 0 : input->body_bytes;
  if (input->chunked) {
    memset(&state->decoder, 0, sizeof state->decoder);
    state->decoder.consume_trailer = 1;
  }
  if (counts) {
    counts->fields += fields;
    counts->messages += !input->chunked && state->body == 0;
  }
  return 1;
}

/* One connection reads the whole stream. */
static int pass(const input_t *input, counts_t *counts) {
  state_t state;
  memset(&state, 0, sizeof state);
  for (size_t i = 0; i < input->pieces; i++) {
    state.end += input->lengths[i];
    while (state.at < state.end) {
      int step;
      if (state.in_chunks) step = parse_chunks(input, &state, counts);
      else if (state.body > 0) step = parse_sized_body(&state, counts);
      else step = parse_message_head(input, &state, counts);
      if (step == 0) return 0;
      if (step < 0) break;
    }
  }
  return 1;
}
