// tercet/inspect: what bytes on the wire say. `inspect()` for bytes that are there, `Inspector` for those that come; readers of
// captures, key logs, TLS and HTTP one by one; and the outputs of the command.

export type {
  CaptureError,
  CaptureItem,
  CapturePacket,
  CaptureSecrets,
} from "./capture/capture-item.js";
export { SECRETS_TLS_KEY_LOG } from "./capture/capture-item.js";
export { CaptureReader } from "./capture/capture-reader.js";
export { PacketDecoder } from "./capture/packet-decoder.js";
export type { OtherPacket, TcpSegment, UdpSegment } from "./capture/segment.js";
export type * from "./events.js";
export { H1Inspector } from "./h1.js";
export { H2Inspector } from "./h2.js";
export { H3Inspector } from "./h3-inspector.js";
export { HexPrinter, partsOf } from "./hex-dump.js";
export type { HexPart } from "./hex-dump-parts.js";
export { Inspector, inspect } from "./inspector.js";
export { INSPECT_AS, type InspectAs, type InspectOptions } from "./inspector-options.js";
export { hex, toJsonLine } from "./json.js";
export type { ProtocolOptions } from "./protocol-options.js";
export { QlogWriter } from "./qlog.js";
export { QuicInspector, type QuicInspectorOptions } from "./quic-inspector.js";
export type { TcpEvent } from "./tcp-event.js";
export { type TcpLimits, TcpTracker } from "./tcp-tracker.js";
export { KeyLog, type KeyLogSecrets } from "./tls/key-log.js";
export { TlsConnection } from "./tls/tls-connection.js";
export type { TlsEvent } from "./tls/tls-events.js";
export { type TreeOptions, TreePrinter } from "./tree.js";
export { COLOURED_TREE, PLAIN_TREE, type TreeStyle } from "./tree-text.js";
