/* What the encoders in C share: the lists of fields of an input file, taken apart once, before anything is timed. Lengths of strings
 * are then known, as users of the libraries know them. */
#ifndef TERCET_BENCH_FIELD_LISTS_H
#define TERCET_BENCH_FIELD_LISTS_H

#include "peer.h"

typedef struct {
  const char *name;
  const char *value;
  size_t name_length;
  size_t value_length;
} field_t;

typedef struct {
  size_t count; /* 0: the next connection begins */
  field_t *fields;
} list_t;

/* name NUL value NUL ..: counts the fields, and writes them where there is room for them. */
static size_t split(const char *at, size_t length, field_t *fields) {
  size_t count = 0;
  const char *end = at + length;
  while (at < end) {
    const char *value = at + strlen(at) + 1;
    if (fields) {
      field_t field = {at, value, strlen(at), strlen(value)};
      fields[count] = field;
    }
    count++;
    at = value + strlen(value) + 1;
  }
  return count;
}

/* The memory is kept until the process ends. */
static list_t *parse_lists(const input_t *input) {
  const char *at = input->stream;
  list_t *lists = calloc(input->pieces, sizeof *lists);
  for (size_t i = 0; i < input->pieces; i++) {
    lists[i].count = split(at, input->lengths[i], NULL);
    lists[i].fields = calloc(lists[i].count + 1, sizeof(field_t));
    split(at, input->lengths[i], lists[i].fields);
    at += input->lengths[i];
  }
  return lists;
}

#endif
