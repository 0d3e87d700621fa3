/* Benchmark peer: texts opened by OpenSSL, with a context that is kept. The first piece is the keys, every other one nonce, associated
 * data, ciphertext and tag. */
#define WITH_OPENSSL
#include "quic.h"

static uint8_t text[1 << 16];

static int pass(const input_t *input, counts_t *counts) {
  static EVP_CIPHER_CTX *context;
  static const char *of;
  const uint8_t *at = (const uint8_t *)input->stream;
  quic_keys_t keys = keys_at(at);
  if (of != input->stream) context = aead_context(keys);
  of = input->stream;
  at += input->lengths[0];
  for (size_t i = 1; i < input->pieces; i++) {
    const uint8_t *associated = at + NONCE_LENGTH, *sealed = associated + ASSOCIATED_LENGTH;
    size_t length = input->lengths[i] - NONCE_LENGTH - ASSOCIATED_LENGTH;
    int opened = open_text(context, keys.cipher, at, associated, ASSOCIATED_LENGTH, sealed, length, text);
    if (opened < 0) return 0;
    if (counts) {
      counts->messages++;
      counts->fields += text[0];
      counts->body_bytes += (uint64_t)opened;
    }
    at += input->lengths[i];
  }
  return 1;
}
