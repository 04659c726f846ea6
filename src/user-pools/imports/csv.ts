/**
 * The grammar of an import file, read as a stream: a line is a record, a comma ends a value, `\,` is a comma inside one,
 * quotes are letters like others, white space around a value does not count, and the text is UTF-8.
 * AWS: Developer Guide, "Formatting the CSV file".
 */

/** Where reading goes on: a byte of the file, and the number of the line that begins there. The first line is 1. */
export type Place = { readonly position: number; readonly line: number }

/** A line without its end. `next` is the place after it. */
export type Line = {
  readonly line: number
  readonly next: Place
  /** `too-long` and `not-utf-8` instead of the text of a line that cannot be read. */
  readonly text: string | undefined
  readonly fault: 'too-long' | 'not-utf-8' | undefined
}

/** AWS: "The maximum row length is 16,000 characters." */
export const longestLine = 16_000
/** No character takes more bytes in UTF-8: what is longer is not even kept. */
const longestInBytes = 4 * longestLine + 1

const lineFeed = 0x0a
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The lines of a file whose bytes arrive in pieces, from a place on. A carriage return before the line feed is part of the end. */
export async function* readLines(pieces: AsyncIterable<Buffer>, from: Place): AsyncGenerator<Line> {
  let { position, line } = from
  let kept: Buffer[] = []
  let size = 0
  const keep = (bytes: Buffer) => {
    size += bytes.length
    if (size <= longestInBytes) kept.push(bytes)
    else kept = []
  }
  const end = (terminator: number): Line => {
    position += size + terminator
    const next = { position, line: line + 1 }
    const read = size > longestInBytes ? tooLong : readText(kept)
    const ended = { line, next, ...read }
    line += 1
    kept = []
    size = 0
    return ended
  }
  for await (const piece of pieces) {
    let start = 0
    for (;;) {
      const feed = piece.indexOf(lineFeed, start)
      if (feed < 0) break
      keep(piece.subarray(start, feed))
      yield end(1)
      start = feed + 1
    }
    // A copy: what is left over must not hold the whole piece in memory.
    if (start < piece.length) keep(Buffer.from(piece.subarray(start)))
  }
  if (size > 0) yield end(0)
}

type Read = Pick<Line, 'text' | 'fault'>

const tooLong: Read = { text: undefined, fault: 'too-long' }

function readText(parts: readonly Buffer[]): Read {
  const [first] = parts
  const bytes = parts.length === 1 && first ? first : Buffer.concat(parts)
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return { text: undefined, fault: 'not-utf-8' }
  }
  if (text.endsWith('\r')) text = text.slice(0, -1)
  return text.length > longestLine ? tooLong : { text, fault: undefined }
}

/** The values of a record. A backslash means something before a comma only. */
export function splitValues(text: string): string[] {
  const values: string[] = []
  let value = ''
  let start = 0
  for (let comma = text.indexOf(','); comma >= 0; comma = text.indexOf(',', comma + 1)) {
    if (text[comma - 1] === '\\') value += `${text.slice(start, comma - 1)},`
    else {
      values.push((value + text.slice(start, comma)).trim())
      value = ''
    }
    start = comma + 1
  }
  values.push((value + text.slice(start)).trim())
  return values
}

/** The record of these values. A value can neither hold a line end nor, before another, end in a backslash. */
export const joinValues = (values: readonly string[]): string =>
  values.map((value) => value.replaceAll(',', '\\,')).join(',')
