/** What one peer may take of the listener, for HTTP/1.1 and HTTP/2 together: times, sizes, counts. Bodies have limits where they are read. */

/** In milliseconds. */
export type Waits = {
  /** For the head of a request; for HTTP/2 also from the connection to its first request. */
  readonly headers: number
  /**
   * A peer that sends or takes nothing for this long is gone. Uploads may last as long as they move. HTTP/2: counted for
   * each stream; a session without one ends after it, whatever else its peer says.
   */
  readonly silence: number
  /** Longest orderly end: what still runs then is cut off. */
  readonly shutdown: number
}

export const usualWaits: Waits = { headers: 20_000, silence: 60_000, shutdown: 25_000 }

/** For a connection of HTTP/1.1 on which nothing is asked, in milliseconds: longer than what load balancers keep theirs. */
export const keepAlive = 65_000

/** How long a refused upload may go on arriving so that its sender gets to read the refusal, and a connection that was ended stay. */
export const linger = 2_000

/** Bytes of a request's head. HTTP/2 counts 32 more for each field (RFC 9113 6.5.2), so that small fields are limited too. */
export const mostHead = 32_768

/** One session of HTTP/2. Its streams are to cost no more than as many connections would. */
export const http2Limits = {
  /** Requests at a time: as streams, and as work that goes on for streams that are reset already. */
  requests: 128,
  /** Header fields of a request; browsers send each cookie as one. */
  fields: 256,
  /** Bytes that a peer may send ahead of whoever reads: for a stream, and for all together on their way. */
  streamWindow: 262_144,
  sessionWindow: 1_048_576,
  /** Bytes of an answer that are handed over at a time. */
  piece: 65_536,
  /**
   * Megabytes for heads, frames and what waits to be sent; above it new streams are refused. All requests at a time with
   * 256 KiB for each, as streams of the gateway have, fit.
   */
  memory: 48,
  /** Frames that break the protocol, and streams refused before anybody saw them. */
  invalidFrames: 100,
  rejectedStreams: 100,
  /** What costs work and asks for nothing, such as pings, settings and streams reset by either side: at once, and in a second. */
  waste: { burst: 500, perSecond: 50 },
} as const
