/* What the benchmark peers in C share: the input file, the commands on stdin, the clock.
 *
 * Commands, one a line:   load PATH | check | run PASSES
 * Answers, one a line:    {"ok":true} | {"messages":..,"fields":..,"bodyBytes":..,"wireBytes":..}
 *                         | {"items":..,"cpuNs":..,"wallNs":..}
 * or                      {"error":"..."}
 *
 * bench/inputs/input-file.ts describes the input file, bench/harness/worker.ts is the same loop in JavaScript. */
#ifndef TERCET_BENCH_PEER_H
#define TERCET_BENCH_PEER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define HEADER_WORDS 6

typedef struct {
  int is_response;
  size_t messages;
  size_t body_bytes; /* of each message */
  size_t fields;     /* of each message */
  int chunked;       /* the bodies come in chunks */
  size_t pieces;
  const uint32_t *lengths; /* of the pieces */
  const char *stream;      /* all pieces, one behind the other */
} input_t;

typedef struct {
  uint64_t messages;
  uint64_t fields;
  uint64_t body_bytes;
  uint64_t wire_bytes; /* written, by an encoder */
} counts_t;

/* To be written by each peer. One pass parses the whole stream, piece by piece; 0 means that the library refused it.
 * With counts the pass also counts what it found, without it does nothing but parse. */
static int pass(const input_t *input, counts_t *counts);

/* Reads an input file; 0 when that fails. The memory is kept until the process ends. */
static int load(const char *path, input_t *input) {
  FILE *file = fopen(path, "rb");
  if (!file) return 0;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  /* Some bytes more: the parsers with SIMD may look at, but not act on, what stands behind the end. */
  char *bytes = malloc((size_t)size + 64);
  size_t got = bytes ? fread(bytes, 1, (size_t)size, file) : 0;
  fclose(file);
  if (!bytes || got != (size_t)size) return 0;
  memset(bytes + size, 0, 64);
  const uint32_t *words = (const uint32_t *)bytes;
  input->is_response = words[0] == 1;
  input->messages = words[1];
  input->body_bytes = words[2];
  input->fields = words[3];
  input->chunked = words[4] == 1;
  input->pieces = words[HEADER_WORDS - 1];
  input->lengths = words + HEADER_WORDS;
  input->stream = bytes + (HEADER_WORDS + input->pieces) * 4;
  return 1;
}

/* User and system time of this process, in nanoseconds. */
static uint64_t cpu_ns(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  uint64_t us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u;
  return (us + (uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000u;
}

static uint64_t wall_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void run(const input_t *input, long passes) {
  uint64_t cpu = cpu_ns();
  uint64_t wall = wall_ns();
  for (long i = 0; i < passes; i++) {
    if (!pass(input, NULL)) {
      printf("{\"error\":\"input refused\"}\n");
      return;
    }
  }
  uint64_t cpu_end = cpu_ns();
  uint64_t wall_end = wall_ns();
  printf("{\"items\":%llu,\"cpuNs\":%llu,\"wallNs\":%llu}\n", (unsigned long long)passes * input->messages,
         (unsigned long long)(cpu_end - cpu), (unsigned long long)(wall_end - wall));
}

static void check(const input_t *input) {
  counts_t counts = {0, 0, 0, 0};
  if (!pass(input, &counts)) {
    printf("{\"error\":\"input refused\"}\n");
    return;
  }
  printf("{\"messages\":%llu,\"fields\":%llu,\"bodyBytes\":%llu,\"wireBytes\":%llu}\n",
         (unsigned long long)counts.messages, (unsigned long long)counts.fields, (unsigned long long)counts.body_bytes,
         (unsigned long long)counts.wire_bytes);
}

int main(void) {
  static char line[4096];
  static input_t input;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "load ", 5) == 0) {
      printf(load(line + 5, &input) ? "{\"ok\":true}\n" : "{\"error\":\"cannot read the input\"}\n");
    } else if (strcmp(line, "check") == 0) {
      check(&input);
    } else if (strncmp(line, "run ", 4) == 0) {
      run(&input, strtol(line + 4, NULL, 10));
    } else {
      printf("{\"error\":\"unknown command\"}\n");
    }
    fflush(stdout);
  }
  return 0;
}

#endif
