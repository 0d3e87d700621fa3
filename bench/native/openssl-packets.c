/* Benchmark peer: protected packets to frames, with OpenSSL and the frame decoder of ngtcp2. The first piece is the keys, every other
 * one a packet with a short header, whose packet numbers count up from 0. */
#define WITH_OPENSSL
#define WITH_NGTCP2
#include "quic.h"

#define NUMBER_AT (1 + ID_LENGTH)
#define SAMPLE_AT (NUMBER_AT + 4)

static uint8_t text[1 << 16];

/* RFC 9000 appendix A.3 */
static uint64_t full_number(uint64_t largest_next, uint64_t truncated, size_t length) {
  uint64_t window = 1ull << (8 * length), half = window / 2;
  uint64_t candidate = (largest_next & ~(window - 1)) | truncated;
  if (candidate + half <= largest_next) return candidate + window;
  return candidate > largest_next + half && candidate >= window ? candidate - window : candidate;
}

static long open_packet(EVP_CIPHER_CTX *aead, EVP_CIPHER_CTX *header_key, quic_keys_t keys, const uint8_t *packet,
                        size_t length, uint64_t *next, size_t *payload_length) {
  uint8_t header[NUMBER_AT + 4], masked[SAMPLE_LENGTH], nonce[NONCE_LENGTH];
  if (length < SAMPLE_AT + SAMPLE_LENGTH || !mask(header_key, keys.cipher, packet + SAMPLE_AT, masked)) return -1;
  memcpy(header, packet, sizeof header);
  header[0] ^= masked[0] & 0x1f;
  size_t number_length = (size_t)(header[0] & 3) + 1, header_length = NUMBER_AT + number_length;
  uint64_t number = 0;
  for (size_t i = 0; i < number_length; i++) {
    header[NUMBER_AT + i] ^= masked[1 + i];
    number = number << 8 | header[NUMBER_AT + i];
  }
  number = full_number(*next, number, number_length);
  memcpy(nonce, keys.iv, NONCE_LENGTH);
  for (size_t i = 0; i < 8; i++) nonce[NONCE_LENGTH - 1 - i] ^= (uint8_t)(number >> (8 * i));
  int opened = open_text(aead, keys.cipher, nonce, header, header_length, packet + header_length,
                         length - header_length, text);
  if (opened < 0) return -1;
  *next = number + 1;
  *payload_length = (size_t)opened;
  return read_frames(text, (size_t)opened, NULL);
}

static int pass(const input_t *input, counts_t *counts) {
  static EVP_CIPHER_CTX *aead, *header_key;
  static const char *of;
  const uint8_t *at = (const uint8_t *)input->stream;
  quic_keys_t keys = keys_at(at);
  if (of != input->stream) {
    aead = aead_context(keys);
    header_key = header_context(keys);
    of = input->stream;
  }
  uint64_t next = 0;
  at += input->lengths[0];
  for (size_t i = 1; i < input->pieces; i++) {
    size_t length;
    long frames = open_packet(aead, header_key, keys, at, input->lengths[i], &next, &length);
    if (frames < 0) return 0;
    if (counts) {
      counts->messages++;
      counts->fields += (uint64_t)frames;
      counts->body_bytes += length;
    }
    at += input->lengths[i];
  }
  return 1;
}
