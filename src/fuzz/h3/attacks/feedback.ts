// H3-S07 and H3-S08: acknowledgements of what was never sent, streams that are cancelled while they wait.

import { concat } from "../../latin1.js";
import * as fields from "../fields.js";
import { data, headers, settings, varint } from "../frames.js";
import { H3_SETTING, STREAM_TYPE } from "../registry.js";
import { type H3Attack, type H3Step, h3RowsOf, on, peerStreams, times } from "../row.js";

const s07 = h3RowsOf("H3-S07", "server");
const s07client = h3RowsOf("H3-S07", "client");
const s08 = h3RowsOf("H3-S08", "server");

const { hex } = fields;
const KIB = 1024;
const { encoder, decoder } = peerStreams("server");
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const GET = headers(fields.request());
const CAPACITY = fields.setCapacity(4_096);

const ENCODER_ERROR = { sends: ["close QPACK_ENCODER_STREAM_ERROR"] };
const DECODER_ERROR = { sends: ["close QPACK_DECODER_STREAM_ERROR"] };
const error = (...codes: readonly string[]) => [
  `error ${codes.map((code) => `QPACK_${code}`).join("|")} connection`,
];

/** What makes a server of ours use the table. */
const ALLOWS = settings(
  [H3_SETTING.QPACK_MAX_TABLE_CAPACITY, 4_096],
  [H3_SETTING.QPACK_BLOCKED_STREAMS, 16],
);
const bareHello = (role: "server" | "client"): H3Step[] => {
  const streams = peerStreams(role);
  return [
    on(streams.control, concat([varint(STREAM_TYPE.CONTROL), ALLOWS])),
    on(streams.encoder, varint(STREAM_TYPE.ENCODER)),
    on(streams.decoder, varint(STREAM_TYPE.DECODER)),
  ];
};
const feedback = (bytes: Uint8Array): H3Step[] => [on(decoder, bytes)];

const FEEDBACK_ATTACKS: readonly H3Attack[] = [
  s07(
    "an increment of 0",
    feedback(fields.increment(0)),
    error("DECODER_INCREMENT_INVALID"),
    DECODER_ERROR,
  ),
  s07(
    "an increment of what was never inserted",
    feedback(fields.increment(1)),
    error("DECODER_INCREMENT_INVALID"),
    DECODER_ERROR,
  ),
  s07(
    "an increment of 2^62 - 1",
    feedback(hex("3f c0 ff ff ff ff ff ff ff 3f")),
    error("DECODER_INCREMENT_INVALID", "DECODER_INTEGER_INVALID"),
    DECODER_ERROR,
  ),
  s07(
    "an increment of 2^32",
    feedback(fields.increment(2 ** 32)),
    error("DECODER_INCREMENT_INVALID"),
    DECODER_ERROR,
  ),
  s07(
    "an acknowledgement of nothing",
    feedback(fields.sectionAck(0)),
    error("DECODER_ACK_INVALID"),
    DECODER_ERROR,
  ),
  s07(
    "an acknowledgement of a stream far away",
    feedback(fields.sectionAck(Number.MAX_SAFE_INTEGER)),
    error("DECODER_ACK_INVALID"),
    DECODER_ERROR,
  ),
  s07(
    "an acknowledgement of a section without references",
    [on(0, GET, true), on(decoder, fields.sectionAck(0))],
    [...got(0), ...error("DECODER_ACK_INVALID")],
    { ...DECODER_ERROR, content: 3 },
  ),
  s07(
    "a cancellation of nothing is allowed",
    [...feedback(fields.streamCancel(0)), on(0, GET, true)],
    got(0),
  ),
  s07(
    "a cancellation that is no acknowledgement",
    feedback(concat([fields.streamCancel(0), fields.sectionAck(0)])),
    error("DECODER_ACK_INVALID"),
    DECODER_ERROR,
  ),
  s07(
    "cancellations without end",
    () => [on(decoder, fields.repeated(fields.streamCancel(0), 40_000))],
    [],
  ),
  s07(
    "an increment beyond what was inserted",
    [...bareHello("server"), on(0, GET, true), { do: "read" }, on(decoder, fields.increment(60))],
    ["settings *", ...got(0), ...error("DECODER_INCREMENT_INVALID")],
    { ...DECODER_ERROR, bare: true, content: 3 },
  ),
  s07client(
    "the same at a client",
    [on(peerStreams("client").decoder, fields.increment(1))],
    error("DECODER_INCREMENT_INVALID"),
    DECODER_ERROR,
  ),
];

const waiting = headers(concat([fields.prefix(1), fields.requestLines(), fields.dynamicField(0)]));
const INSERT = fields.insert("x-a", "1");

const CANCEL_ATTACKS: readonly H3Attack[] = [
  s08(
    "a stream that is reset while it waits",
    [
      on(encoder, CAPACITY),
      on(0, waiting),
      { do: "reset", streamId: 0, code: 0x10c },
      on(encoder, INSERT),
      on(4, waiting, true),
    ],
    ["reset 0 268", ...got(4)],
    { sends: ["cancel 0", "ack 4"] },
  ),
  s08(
    "the same with everything behind it",
    [
      on(encoder, CAPACITY),
      on(0, concat([waiting, data("abc"), waiting])),
      { do: "reset", streamId: 0, code: 0x10c },
      on(encoder, concat([INSERT, INSERT])),
      on(4, waiting, true),
    ],
    ["reset 0 268", ...got(4)],
    { sends: ["cancel 0", "ack 4"] },
  ),
  s08(
    "a stream that waits and is not wanted",
    [
      on(encoder, CAPACITY),
      on(0, waiting, true),
      { do: "stopSending", streamId: 0, code: 0x10c },
      on(encoder, INSERT),
    ],
    ["stopSending 0 268", "…"],
  ),
  s08(
    "streams that wait and are reset, again and again",
    () => [
      on(encoder, CAPACITY),
      ...times(500, (at): H3Step[] => [
        on(4 * at, waiting),
        { do: "reset", streamId: 4 * at, code: 0x10c },
      ]),
      on(encoder, INSERT),
      on(4_000, waiting, true),
    ],
    ["…", ...got(4_000)],
    { out: 8 * KIB, sends: ["cancel 1996", "ack 4000"] },
  ),
  s08(
    "the end of the connection while streams wait",
    [on(encoder, CAPACITY), on(0, waiting, true), { do: "close" }],
    ["error H3_CONNECTION_INCOMPLETE connection"],
  ),
  s08(
    "a connection error while streams wait",
    [on(encoder, CAPACITY), on(0, waiting, true), on(encoder, hex("ff 24 00"))],
    error("ENCODER_INDEX_INVALID"),
    ENCODER_ERROR,
  ),
];

export const FEEDBACK_ATTACK_ROWS: readonly H3Attack[] = [...FEEDBACK_ATTACKS, ...CANCEL_ATTACKS];
