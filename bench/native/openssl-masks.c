/* Benchmark peer: masks of header protection by OpenSSL, one packet after the other with a context that is kept, as QUIC libraries
 * do. The first piece is the keys, every other one samples. */
#define WITH_OPENSSL
#include "quic.h"

static int pass(const input_t *input, counts_t *counts) {
  static EVP_CIPHER_CTX *context;
  static const char *of;
  const uint8_t *at = (const uint8_t *)input->stream;
  quic_keys_t keys = keys_at(at);
  if (of != input->stream) context = header_context(keys);
  of = input->stream;
  at += input->lengths[0];
  for (size_t i = 1; i < input->pieces; i++) {
    const uint8_t *end = at + input->lengths[i];
    for (; at < end; at += SAMPLE_LENGTH) {
      uint8_t out[SAMPLE_LENGTH];
      if (!mask(context, keys.cipher, at, out)) return 0;
      if (!counts) continue;
      counts->messages++;
      for (int j = 0; j < MASK_LENGTH; j++) counts->fields += out[j];
    }
  }
  return 1;
}
