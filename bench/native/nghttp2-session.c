/* Benchmark peer: a server's session of nghttp2. Its callbacks count requests, fields and octets of content, which is the least
 * that a user does. Without ANSWER nobody answers, and streams stay open; with it each request is answered with status 204. In
 * both cases what the session has to send (SETTINGS, acknowledgements, window updates) is taken after each piece. */
#include "peer.h"

#include <nghttp2/nghttp2.h>

/* Room for every stream of a pass, and for uploads in large frames. */
#define WINDOW (1 << 30)
#define FRAME_SIZE (1 << 16)

static counts_t ignored;

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_length,
                     const uint8_t *value, size_t value_length, uint8_t flags, void *user) {
  (void)session, (void)frame, (void)name, (void)name_length, (void)value, (void)value_length, (void)flags;
  ((counts_t *)user)->fields++;
  return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data, size_t length,
                   void *user) {
  (void)session, (void)flags, (void)stream_id, (void)data;
  ((counts_t *)user)->body_bytes += length;
  return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
  int has_content = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
  if (!has_content || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
  ((counts_t *)user)->messages++;
#ifdef ANSWER
  static uint8_t name[] = ":status", value[] = "204";
  nghttp2_nv status = {name, value, sizeof name - 1, sizeof value - 1,
                       NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
  return nghttp2_submit_response(session, frame->hd.stream_id, &status, 1, NULL);
#else
  (void)session;
  return 0;
#endif
}

static int on_invalid(nghttp2_session *session, const nghttp2_frame *frame, int error, void *user) {
  (void)session, (void)frame, (void)error, (void)user;
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static nghttp2_session *start(counts_t *counts) {
  nghttp2_session_callbacks *callbacks;
  nghttp2_session *session;
  nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, FRAME_SIZE},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  if (nghttp2_session_callbacks_new(&callbacks) != 0) return NULL;
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid);
  int made = nghttp2_session_server_new(&session, callbacks, counts);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) return NULL;
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, sizeof settings / sizeof *settings);
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, WINDOW);
  return session;
}

/* Everything that waits to be sent. */
static int take(nghttp2_session *session) {
  const uint8_t *bytes;
  ssize_t length;
  while ((length = nghttp2_session_mem_send(session, &bytes)) > 0) {
  }
  return length == 0;
}

/* One connection: a fresh session reads the whole stream. */
static int pass(const input_t *input, counts_t *counts) {
  nghttp2_session *session = start(counts ? counts : &ignored);
  if (!session) return 0;
  int good = take(session);
  const uint8_t *at = (const uint8_t *)input->stream;
  for (size_t i = 0; good && i < input->pieces; i++) {
    size_t length = input->lengths[i];
    good = nghttp2_session_mem_recv(session, at, length) == (ssize_t)length && take(session);
    at += length;
  }
  nghttp2_session_del(session);
  return good;
}
