/**
 * Holds a session of HTTP/2 to what it may waste: pings and settings (CVE-2019-9512, CVE-2019-9515), and streams that are
 * reset before they are answered, by the peer (rapid reset, CVE-2023-44487) or by us because the peer broke the protocol
 * (MadeYouReset, CVE-2025-8671). Who goes on is told to calm down (RFC 9113 7) and cut off.
 */
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'

export type Waste = { readonly burst: number; readonly perSecond: number }

/** RFC 9113 7. */
const enhanceYourCalm = 0xb

export function guardSession(session: ServerHttp2Session, { burst, perSecond }: Waste): void {
  let spent = 0
  let counted = performance.now()
  let ended = false
  const end = () => {
    ended = true
    session.goaway(enhanceYourCalm)
    // What is written goes out before immediates run; at once it would be lost with the session.
    setImmediate(() => session.destroy(new Error('The peer wastes our time.'), enhanceYourCalm))
  }
  const spend = () => {
    if (ended || session.destroyed) return
    const now = performance.now()
    spent = Math.max(0, spent - ((now - counted) / 1_000) * perSecond) + 1
    counted = now
    if (spent > burst) end()
  }
  session.on('ping', spend)
  session.on('remoteSettings', spend)
  session.on('stream', (stream: ServerHttp2Stream) => {
    stream.once('close', () => {
      if (stream.aborted || stream.rstCode !== 0) spend()
    })
  })
}
