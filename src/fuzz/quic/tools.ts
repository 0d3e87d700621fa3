// What rows, arbitraries and runs need of tercet/quic to protect what they write. It is an argument: tercet/fuzz itself loads
// no engine.

/** Keys of one direction, as tercet/quic gives them. */
export type QuicKeys = object;

/** A packet before it is protected. */
export interface PacketToProtect {
  readonly type: "Initial" | "0-RTT" | "Handshake" | "1-RTT";
  readonly version: number;
  readonly destinationConnectionId: Uint8Array;
  readonly sourceConnectionId?: Uint8Array;
  readonly token?: Uint8Array;
  readonly packetNumber: number | bigint;
  readonly packetNumberLength?: number;
  readonly payload: Uint8Array;
  readonly keyPhase?: 0 | 1;
}

/** Functions of tercet/quic, by their names there. */
export interface QuicTools {
  deriveInitialKeys(
    version: number,
    destinationConnectionId: Uint8Array,
  ): { readonly client: QuicKeys; readonly server: QuicKeys };
  deriveKeys(version: number, cipherSuite: number, secret: Uint8Array): QuicKeys;
  updateKeys(keys: QuicKeys): QuicKeys;
  protect(packet: PacketToProtect, keys: QuicKeys): Uint8Array;
  retryIntegrityTag(
    version: number,
    originalDestinationConnectionId: Uint8Array,
    retryWithoutTag: Uint8Array,
  ): Uint8Array;
}
