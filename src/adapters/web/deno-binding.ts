// The part of Deno that is used: its raw QUIC. Types only.

/** The part of `Deno` that is used. */
export interface DenoQuic {
  QuicEndpoint: new (options: { hostname: string; port: number }) => DenoEndpoint;
  connectQuic(options: object): Promise<DenoConn>;
}

export interface DenoEndpoint {
  readonly addr: { readonly hostname: string; readonly port: number };
  listen(options: object): { incoming(): Promise<{ accept(): Promise<DenoConn> }> };
  close(info?: { closeCode: number; reason: string }): void;
}

export type DenoReadable = ReadableStream<Uint8Array> & { readonly id: bigint };
export type DenoBidi = {
  readonly readable: DenoReadable;
  readonly writable: WritableStream<Uint8Array>;
};
export type Opening = { waitUntilAvailable: boolean };

export interface DenoConn {
  readonly remoteAddr: DenoEndpoint["addr"];
  readonly protocol: string | undefined;
  readonly closed: Promise<{ closeCode: number; reason: string }>;
  readonly maxDatagramSize: number;
  readonly incomingBidirectionalStreams: ReadableStream<DenoBidi>;
  readonly incomingUnidirectionalStreams: ReadableStream<DenoReadable>;
  createBidirectionalStream(options: Opening): Promise<DenoBidi>;
  createUnidirectionalStream(options: Opening): Promise<DenoBidi["writable"]>;
  sendDatagram(bytes: Uint8Array): Promise<void>;
  readDatagram(): Promise<Uint8Array>;
  close(info: { closeCode: number; reason: string }): void;
}
