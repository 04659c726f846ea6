/** What a function prints: lines into the log with the request they belong to, within a size for each call. */
import type { Readable } from 'node:stream'
import type { Logger } from 'pino'

const mostBytesPerCall = 256 * 1024
const longestLine = 16 * 1024

/** What one call printed, both streams together: its end. */
export type Tail = { text: string }

/** Lambda shows four kilobytes. */
const longestTail = 4 * 1024

export function logLines(from: Readable | null, log: Logger, name: string, stream: 'stdout' | 'stderr') {
  let tail: Tail = { text: '' }
  let requestId: string | undefined
  let left = mostBytesPerCall
  let line = ''
  const print = (text: string) => {
    if (text !== '') log.info({ function: name, stream, requestId }, text)
  }
  from?.setEncoding('utf8')
  from?.on('data', (text: string) => {
    // Read on all the same: a full pipe would stop the function.
    if (left <= 0) return
    tail.text = (tail.text + text).slice(-longestTail)
    left -= text.length
    const lines = (line + text).split('\n')
    line = lines.pop() ?? ''
    for (const one of lines) print(one.slice(0, longestLine))
    if (line.length > longestLine) {
      print(line.slice(0, longestLine))
      line = ''
    }
    if (left <= 0)
      log.warn({ function: name, stream, requestId }, 'The function prints too much: the rest is left out.')
  })
  from?.on('end', () => print(line))
  from?.on('error', () => {})
  return {
    /** What follows belongs to this call. */
    begin(id: string, shared: Tail): void {
      tail = shared
      requestId = id
      left = mostBytesPerCall
    },
  }
}
