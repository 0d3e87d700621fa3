// QUIC connections of the input as qlog 0.3 (draft-ietf-quic-qlog-main-schema), which qvis opens: one trace seen from the
// network, in which `group_id` tells the connections apart; packets of the client are "sent", those of the server "received".
// Written as it goes, in bounded memory; every value of the input goes through the JSON writer.

import type {
  InspectEvent,
  InspectFields,
  InspectFrame,
  InspectPacket,
  InspectSettings,
} from "./events.js";
import { toJson } from "./json.js";
import { type QlogValue, qlogFrame, qlogH3Frame, qlogParameters } from "./qlog-frames.js";

const PACKET_TYPES: Readonly<Record<string, string>> = {
  Initial: "initial",
  "0-RTT": "0RTT",
  Handshake: "handshake",
  Retry: "retry",
  "1-RTT": "1RTT",
  "Version Negotiation": "version_negotiation",
};

/** Reason for which a packet stayed closed → trigger of packet_dropped. */
const TRIGGERS: Readonly<Record<string, string>> = {
  "no keys": "key_unavailable",
  "not authentic": "decryption_failure",
  "unknown version": "unsupported_version",
  "unknown connection": "unknown_connection_id",
  malformed: "invalid",
};

const STREAM_TYPES = new Map(
  Object.entries({
    control: "control",
    push: "push",
    "QPACK encoder": "qpack_encode",
    "QPACK decoder": "qpack_decode",
    GREASE: "reserved",
  }),
);

/** Frames of one packet that are written, at most. */
const MAX_FRAMES = 10_000;
/** Times of connections that are remembered, so that those of one never go back. */
const MAX_TIMES = 65_536;

/** Writes qlog. */
export class QlogWriter {
  #packet: InspectPacket | null = null;
  #frames: QlogValue[] = [];
  #http: InspectFrame | null = null;
  #fields: InspectFields | null = null;
  #settings: InspectSettings | null = null;
  #start: number | null = null;
  readonly #times = new Map<number, number>();
  #hasTrace = false;
  #text = "";

  /** Text of these events. What belongs together may come with the next ones. */
  push(events: readonly InspectEvent[]): string {
    for (const event of events) this.#add(event);
    return this.#take();
  }

  /** The rest of the document. */
  end(): string {
    this.#flush();
    this.#text += this.#hasTrace ? "\n]}]}\n" : `${this.#head()}"traces":[]}\n`;
    return this.#take();
  }

  #take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  #add(event: InspectEvent): void {
    switch (event.event) {
      case "packet":
        this.#flush();
        if (event.protocol === "quic" && event.connection >= 0) this.#packet = event;
        break;
      case "frame":
        if (event.name === "TRANSPORT_PARAMETERS") this.#writeParameters(event);
        else if (event.protocol === "quic") this.#addFrame(event);
        else if (event.protocol === "h3") {
          this.#flush();
          this.#http = event;
        }
        break;
      case "head":
      case "informational":
      case "trailers":
      case "push":
        if (this.#belongs(event)) this.#fields = event;
        break;
      case "settings":
        if (this.#belongs(event)) this.#settings = event;
        break;
    }
  }

  #addFrame(event: InspectFrame): void {
    if (this.#packet === null || this.#packet.connection !== event.connection) return;
    if (this.#frames.length < MAX_FRAMES) this.#frames.push(qlogFrame(event));
  }

  /** Whether this is what the frame of HTTP/3 before it was decoded to. */
  #belongs(event: InspectFields | InspectSettings): boolean {
    const frame = this.#http;
    if (frame === null || event.protocol !== "h3") return false;
    if (frame.connection !== event.connection || frame.direction !== event.direction) return false;
    return event.event === "settings" || frame.streamId === event.streamId;
  }

  #flush(): void {
    if (this.#packet !== null) this.#writePacket(this.#packet);
    if (this.#http !== null) this.#writeHttp(this.#http);
    this.#packet = null;
    this.#frames = [];
    this.#http = null;
    this.#fields = null;
    this.#settings = null;
  }

  #writeParameters(event: InspectFrame): void {
    this.#flush();
    const owner = event.direction === "client" ? "local" : "remote";
    this.#write(event, "transport:parameters_set", { owner, ...qlogParameters(event.parameters) });
  }

  #writeHttp(frame: InspectFrame): void {
    const isClient = frame.direction === "client";
    const stream = { stream_id: frame.streamId ?? 0 };
    if (frame.name === "STREAM_TYPE") {
      const owner = isClient ? "local" : "remote";
      const type = STREAM_TYPES.get(String(frame.streamType)) ?? "unknown";
      return this.#write(frame, "http:stream_type_set", { ...stream, owner, stream_type: type });
    }
    const data = {
      ...stream,
      length: frame.length,
      frame: qlogH3Frame(frame, this.#fields, this.#settings),
    };
    this.#write(frame, isClient ? "http:frame_created" : "http:frame_parsed", data);
  }

  #writePacket(packet: InspectPacket): void {
    const { decrypted, reason, length, packetNumber, direction } = packet;
    if (reason === "padding") return;
    const type =
      reason === "stateless reset"
        ? "stateless_reset"
        : (PACKET_TYPES[packet.packetType] ?? "unknown");
    const header = {
      packet_type: type,
      ...(packetNumber === null ? {} : { packet_number: packetNumber }),
    };
    const trigger = decrypted ? undefined : TRIGGERS[reason ?? ""];
    if (trigger !== undefined) {
      return this.#write(packet, "transport:packet_dropped", { header, raw: { length }, trigger });
    }
    const name = direction === "client" ? "transport:packet_sent" : "transport:packet_received";
    this.#write(packet, name, { header, raw: { length }, frames: this.#frames });
  }

  #write(event: InspectEvent, name: string, data: QlogValue): void {
    const time = this.#relative(event);
    this.#text += this.#hasTrace ? ",\n" : this.#traceHead();
    this.#hasTrace = true;
    this.#text += toJson({ time, name, group_id: String(event.connection), data });
  }

  /** Milliseconds since the first event of the trace; in one connection never less than before. */
  #relative({ time, connection }: InspectEvent): number {
    this.#start ??= time;
    const now =
      time === null || this.#start === null ? 0 : Math.round((time - this.#start) * 1e6) / 1e3;
    const least = this.#times.get(connection) ?? 0;
    const given = Math.max(now, least);
    if (this.#times.has(connection) || this.#times.size < MAX_TIMES)
      this.#times.set(connection, given);
    return given;
  }

  #head(): string {
    return `{"qlog_version":"0.3","qlog_format":"JSON","title":"tercet inspect",`;
  }

  #traceHead(): string {
    const trace = toJson({
      vantage_point: { name: "tercet inspect", type: "network", flow: "client" },
      title: "as captured, seen by the client",
      common_fields: {
        protocol_type: ["QUIC", "HTTP3"],
        time_format: "relative",
        reference_time: Math.round((this.#start ?? 0) * 1e6) / 1e3,
      },
    });
    return `${this.#head()}"traces":[${trace.slice(0, -1)},"events":[\n`;
  }
}
