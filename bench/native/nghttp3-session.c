/* Benchmark peer: a server's connection of nghttp3. Its callbacks count requests, fields and octets of content, which is the least
 * that a user does. Without ANSWER nobody answers, and streams stay open; with it each request is answered with status 204, and its
 * stream is closed when that was taken. In both cases what the connection has to send is taken after each piece. */
#include "peer.h"

#include <nghttp3/nghttp3.h>

#define CAPACITY 4096
#define BLOCKED_STREAMS 16
#define MAX_STREAMS (1 << 20)
#define VECTORS 16

static counts_t ignored;

static int on_header(nghttp3_conn *conn, int64_t stream_id, int32_t token, nghttp3_rcbuf *name, nghttp3_rcbuf *value,
                     uint8_t flags, void *user, void *stream_user) {
  (void)conn, (void)stream_id, (void)token, (void)name, (void)value, (void)flags, (void)stream_user;
  ((counts_t *)user)->fields++;
  return 0;
}

static int on_data(nghttp3_conn *conn, int64_t stream_id, const uint8_t *data, size_t length, void *user,
                   void *stream_user) {
  (void)conn, (void)stream_id, (void)data, (void)stream_user;
  ((counts_t *)user)->body_bytes += length;
  return 0;
}

static int on_end(nghttp3_conn *conn, int64_t stream_id, void *user, void *stream_user) {
  (void)stream_user;
  ((counts_t *)user)->messages++;
#ifdef ANSWER
  static uint8_t name[] = ":status", value[] = "204";
  nghttp3_nv status = {name, value, sizeof name - 1, sizeof value - 1,
                       NGHTTP3_NV_FLAG_NO_COPY_NAME | NGHTTP3_NV_FLAG_NO_COPY_VALUE};
  return nghttp3_conn_submit_response(conn, stream_id, &status, 1, NULL) == 0 ? 0 : NGHTTP3_ERR_CALLBACK_FAILURE;
#else
  (void)conn, (void)stream_id;
  return 0;
#endif
}

static nghttp3_conn *start(counts_t *counts) {
  nghttp3_callbacks callbacks;
  nghttp3_settings settings;
  nghttp3_conn *conn;
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.recv_header = on_header;
  callbacks.recv_data = on_data;
  callbacks.end_stream = on_end;
  nghttp3_settings_default(&settings);
  settings.qpack_max_dtable_capacity = CAPACITY;
  settings.qpack_blocked_streams = BLOCKED_STREAMS;
  if (nghttp3_conn_server_new(&conn, &callbacks, &settings, nghttp3_mem_default(), counts) != 0) return NULL;
  nghttp3_conn_set_max_client_streams_bidi(conn, MAX_STREAMS);
  if (nghttp3_conn_bind_control_stream(conn, 3) != 0 || nghttp3_conn_bind_qpack_streams(conn, 7, 11) != 0) {
    nghttp3_conn_del(conn);
    return NULL;
  }
  return conn;
}

/* Everything that waits to be sent; the transport takes and acknowledges it at once. */
static int take(nghttp3_conn *conn) {
  for (;;) {
    nghttp3_vec vectors[VECTORS];
    int64_t stream_id = -1;
    int fin = 0;
    nghttp3_ssize count = nghttp3_conn_writev_stream(conn, &stream_id, &fin, vectors, VECTORS);
    if (count < 0) return 0;
    if (stream_id < 0) return 1;
    size_t length = 0;
    for (nghttp3_ssize i = 0; i < count; i++) length += vectors[i].len;
    if (nghttp3_conn_add_write_offset(conn, stream_id, length) != 0) return 0;
    if (nghttp3_conn_add_ack_offset(conn, stream_id, length) != 0) return 0;
    if (fin && (stream_id & 2) == 0 && nghttp3_conn_close_stream(conn, stream_id, NGHTTP3_H3_NO_ERROR) != 0) return 0;
  }
}

/* One connection: a piece is a stream number, whether the stream ends, and bytes (bench/inputs/h3-inputs.ts). */
static int pass(const input_t *input, counts_t *counts) {
  nghttp3_conn *conn = start(counts ? counts : &ignored);
  if (!conn) return 0;
  int good = take(conn);
  const uint8_t *at = (const uint8_t *)input->stream;
  for (size_t i = 0; good && i < input->pieces; i++) {
    uint32_t words[2];
    memcpy(words, at, sizeof words);
    size_t length = input->lengths[i] - sizeof words;
    nghttp3_ssize used = nghttp3_conn_read_stream(conn, words[0], at + sizeof words, length, (int)words[1]);
    good = used >= 0 && take(conn);
    at += input->lengths[i];
  }
  nghttp3_conn_del(conn);
  return good;
}
