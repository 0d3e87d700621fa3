/* Benchmark peer: the QPACK encoder of ls-qpack, through its public functions. With DYNAMIC it has a table, and each section is
 * acknowledged before the next. Names and values stand one behind the other in the input, as its header objects want them. */
#include "field-lists.h"
#include "qpack.h"

#include <lsqpack.h>
#include <lsxpack_header.h>

#define SECTION_BYTES 65536
#define INSTRUCTION_BYTES 65536

static const char *parsed;
static list_t *lists;
static struct lsxpack_header **headers;

static void parse(const input_t *input) {
  lists = parse_lists(input);
  headers = calloc(input->pieces, sizeof *headers);
  for (size_t i = 0; i < input->pieces; i++) {
    headers[i] = calloc(lists[i].count + 1, sizeof(struct lsxpack_header));
    for (size_t j = 0; j < lists[i].count; j++) {
      field_t field = lists[i].fields[j];
      lsxpack_header_set_offset2(&headers[i][j], field.name, 0, field.name_length, (size_t)(field.value - field.name),
                                 field.value_length);
    }
  }
  parsed = input->stream;
}

/* Returns the octets of the instruction that sets the capacity, or -1. */
static int start(struct lsqpack_enc *encoder) {
#ifdef DYNAMIC
  unsigned char capacity[LSQPACK_LONGEST_SDTC];
  size_t length = sizeof capacity;
  if (lsqpack_enc_init(encoder, NULL, CAPACITY, CAPACITY, BLOCKED_STREAMS, 0, capacity, &length) != 0) return -1;
  return (int)length;
#else
  return lsqpack_enc_init(encoder, NULL, 0, 0, 0, 0, NULL, NULL);
#endif
}

static int encode(struct lsqpack_enc *encoder, size_t i, uint64_t stream_id, counts_t *counts) {
  static unsigned char section[SECTION_BYTES], instructions[INSTRUCTION_BYTES], prefix[32];
  size_t section_at = 0, instructions_at = 0;
  if (lsqpack_enc_start_header(encoder, stream_id, 0) != 0) return 0;
  for (size_t j = 0; j < lists[i].count; j++) {
    size_t instructions_room = INSTRUCTION_BYTES - instructions_at, section_room = SECTION_BYTES - section_at;
    if (lsqpack_enc_encode(encoder, instructions + instructions_at, &instructions_room, section + section_at,
                           &section_room, &headers[i][j], 0) != LQES_OK)
      return 0;
    instructions_at += instructions_room;
    section_at += section_room;
  }
  ssize_t prefix_length = lsqpack_enc_end_header(encoder, prefix, sizeof prefix, NULL);
  if (prefix_length <= 0) return 0;
#ifdef DYNAMIC
  if (prefix[0] != 0) {
    uint8_t bytes[16];
    if (lsqpack_enc_decoder_in(encoder, bytes, acknowledge(stream_id, bytes)) != 0) return 0;
  }
#endif
  if (counts) {
    counts->messages++;
    counts->fields += lists[i].count;
    counts->wire_bytes += section_at + instructions_at + (size_t)prefix_length;
  }
  return 1;
}

static int pass(const input_t *input, counts_t *counts) {
  struct lsqpack_enc encoder;
  if (parsed != input->stream) parse(input);
  int opened = start(&encoder);
  if (opened < 0) return 0;
  if (counts) counts->wire_bytes += (uint64_t)opened;
  uint64_t stream_id = 0;
  int good = 1;
  for (size_t i = 0; good && i < input->pieces; i++) {
    if (lists[i].count == 0) {
      lsqpack_enc_cleanup(&encoder);
      opened = start(&encoder);
      if (counts && opened > 0) counts->wire_bytes += (uint64_t)opened;
      stream_id = 0;
      good = opened >= 0;
      continue;
    }
    good = encode(&encoder, i, stream_id, counts);
    stream_id += 4;
  }
  lsqpack_enc_cleanup(&encoder);
  return good;
}
