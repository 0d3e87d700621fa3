/* Benchmark peer: llhttp as its C users link it. Timed without any callback, the least work that the library can do. */
#include "peer.h"

#include "llhttp.h"

static int count_message(llhttp_t *parser) {
  ((counts_t *)parser->data)->messages++;
  return 0;
}

static int count_field(llhttp_t *parser) {
  ((counts_t *)parser->data)->fields++;
  return 0;
}

static int count_body(llhttp_t *parser, const char *at, size_t length) {
  (void)at;
  ((counts_t *)parser->data)->body_bytes += length;
  return 0;
}

/* One connection: a fresh parser reads the whole stream. */
static int pass(const input_t *input, counts_t *counts) {
  llhttp_settings_t settings;
  llhttp_t parser;
  llhttp_settings_init(&settings);
  if (counts) {
    settings.on_message_complete = count_message;
    settings.on_header_value_complete = count_field;
    settings.on_body = count_body;
  }
  llhttp_init(&parser, input->is_response ? HTTP_RESPONSE : HTTP_REQUEST, &settings);
  parser.data = counts;
  const char *at = input->stream;
  for (size_t i = 0; i < input->pieces; i++) {
    if (llhttp_execute(&parser, at, input->lengths[i]) != HPE_OK) return 0;
    at += input->lengths[i];
  }
  return 1;
}
