// Where an audit of HTTP/1.1 stands in its direction.

export const enum State {
  /** Before a start line, or in a head. */
  Head,
  /** Content of a known length; of a chunk; to the end of the direction. */
  Length,
  ChunkSize,
  ChunkData,
  ChunkEnd,
  Trailers,
  UntilClose,
  /** Behind a request that offers another protocol. */
  Undecided,
  Tunnel,
  /** Looks for a start line. */
  Lost,
}
