/* What the QUIC peers in C share: the first piece of their input files (bench/inputs/quic-inputs.ts), ciphers of OpenSSL, the frame
 * decoder of ngtcp2, and packet numbers. */
#ifndef TERCET_BENCH_QUIC_H
#define TERCET_BENCH_QUIC_H

#include "peer.h"

#define TAG_LENGTH 16
#define NONCE_LENGTH 12
#define SAMPLE_LENGTH 16
#define MASK_LENGTH 5
#define ID_LENGTH 8
#define ASSOCIATED_LENGTH 11

#ifdef WITH_OPENSSL
#include <openssl/evp.h>

/* Ciphers by their numbers in the file. */
enum { AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305, AES_128_CCM };

typedef struct {
  int cipher;
  const uint8_t *key, *hp, *iv;
} quic_keys_t;

static inline quic_keys_t keys_at(const uint8_t *piece) {
  uint32_t cipher;
  memcpy(&cipher, piece, sizeof cipher);
  quic_keys_t keys = {(int)cipher, piece + 56, piece + 88, piece + 120};
  return keys;
}

static const EVP_CIPHER *aead_of(int cipher) {
  if (cipher == AES_128_GCM) return EVP_aes_128_gcm();
  if (cipher == AES_256_GCM) return EVP_aes_256_gcm();
  return cipher == CHACHA20_POLY1305 ? EVP_chacha20_poly1305() : EVP_aes_128_ccm();
}

static const EVP_CIPHER *header_cipher_of(int cipher) {
  if (cipher == CHACHA20_POLY1305) return EVP_chacha20();
  return cipher == AES_256_GCM ? EVP_aes_256_ecb() : EVP_aes_128_ecb();
}

/* A context with its key, to be used again for every packet: what QUIC libraries do. */
static inline EVP_CIPHER_CTX *aead_context(quic_keys_t keys) {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  EVP_DecryptInit_ex(context, aead_of(keys.cipher), NULL, NULL, NULL);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, NONCE_LENGTH, NULL);
  if (keys.cipher == AES_128_CCM) EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_LENGTH, NULL);
  EVP_DecryptInit_ex(context, NULL, NULL, keys.key, NULL);
  return context;
}

static inline EVP_CIPHER_CTX *header_context(quic_keys_t keys) {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, header_cipher_of(keys.cipher), NULL, keys.hp, NULL);
  EVP_CIPHER_CTX_set_padding(context, 0);
  return context;
}

/* The mask of one packet; 0 where it fails. */
static inline int mask(EVP_CIPHER_CTX *context, int cipher, const uint8_t *sample, uint8_t *out) {
  static const uint8_t zeros[MASK_LENGTH];
  int length;
  if (cipher != CHACHA20_POLY1305) return EVP_EncryptUpdate(context, out, &length, sample, SAMPLE_LENGTH);
  return EVP_EncryptInit_ex(context, NULL, NULL, NULL, sample) &&
         EVP_EncryptUpdate(context, out, &length, zeros, MASK_LENGTH);
}

/* Length of the text; -1 where it does not open. */
static inline int open_text(EVP_CIPHER_CTX *context, int cipher, const uint8_t *nonce, const uint8_t *associated,
                            size_t associated_length, const uint8_t *text, size_t length, uint8_t *out) {
  int used, end = (int)length - TAG_LENGTH, last = 0;
  int is_ccm = cipher == AES_128_CCM;
  if (is_ccm && !EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_LENGTH, (void *)(text + end))) return -1;
  if (!EVP_DecryptInit_ex(context, NULL, NULL, NULL, nonce)) return -1;
  if (is_ccm && !EVP_DecryptUpdate(context, NULL, &used, NULL, end)) return -1;
  if (!EVP_DecryptUpdate(context, NULL, &used, associated, (int)associated_length)) return -1;
  if (!EVP_DecryptUpdate(context, out, &used, text, end)) return -1;
  if (is_ccm) return used;
  if (!EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_LENGTH, (void *)(text + end))) return -1;
  return EVP_DecryptFinal_ex(context, out + used, &last) ? used + last : -1;
}
#endif

#ifdef WITH_NGTCP2
#include <ngtcp2/ngtcp2.h>

/* Not in its public header: reads one frame, and gives the octets that it takes, below 0 for a mistake. Static linking reaches it. */
ngtcp2_ssize ngtcp2_pkt_decode_frame(void *frame, const uint8_t *payload, size_t length);

/* More than any frame takes, ranges of an ACK included. */
static union {
  uint64_t aligned;
  uint8_t bytes[16384];
} frame;

/* All frames of a payload: how many, -1 for a mistake. With data_bytes: adds the octets of those that carry data. */
static inline long read_frames(const uint8_t *payload, size_t length, uint64_t *data_bytes) {
  long count = 0;
  while (length > 0) {
    ngtcp2_ssize used = ngtcp2_pkt_decode_frame(&frame, payload, length);
    if (used <= 0) return -1;
    if (data_bytes && (payload[0] == 6 || (payload[0] >= 8 && payload[0] <= 15))) *data_bytes += (uint64_t)used;
    payload += used;
    length -= (size_t)used;
    count++;
  }
  return count;
}
#endif

#endif
