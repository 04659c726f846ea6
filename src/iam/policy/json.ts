/** A strict JSON reader for policy documents: refuses repeated keys and deep nesting, and remembers where each object stood. */

/** Objects are Maps, so that a key such as `__proto__` is only a key. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = Map<string, Json>
/** Offsets into the text: the first character, and one past the last. */
export type Span = readonly [start: number, end: number]
export type JsonDocument = { value: Json; spans: ReadonlyMap<JsonObject, Span> }

const deepest = 32
const blank = /[\t\n\r ]*/y
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const words = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** Reads a whole JSON text (RFC 8259); undefined if it is not one, repeats a key, or nests too deeply. */
export function readJson(text: string): JsonDocument | undefined {
  const spans = new Map<JsonObject, Span>()
  let at = 0

  const take = (token: RegExp): string | undefined => {
    token.lastIndex = at
    const found = token.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const skipBlank = () => take(blank)
  const takeChar = (char: string): boolean => {
    skipBlank()
    if (text[at] !== char) return false
    at++
    return true
  }
  // undefined is "not JSON", which no JSON value is.
  const readValue = (depth: number): Json | undefined => {
    skipBlank()
    const char = text[at]
    if (char === '{') return depth > deepest ? undefined : readObject(depth)
    if (char === '[') return depth > deepest ? undefined : readArray(depth)
    if (char === '"') return readString()
    for (const [word, value] of words) {
      if (text.startsWith(word, at)) {
        at += word.length
        return value
      }
    }
    const number = take(numberToken)
    return number === undefined ? undefined : Number(number)
  }
  const readString = (): string | undefined => {
    if (text[at] !== '"') return undefined
    let end = at + 1
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
    try {
      const value = JSON.parse(text.slice(at, end + 1)) as string
      at = end + 1
      return value
    } catch {
      return undefined
    }
  }
  const readArray = (depth: number): Json[] | undefined => {
    at++
    const items: Json[] = []
    if (takeChar(']')) return items
    do {
      const item = readValue(depth + 1)
      if (item === undefined) return undefined
      items.push(item)
    } while (takeChar(','))
    return takeChar(']') ? items : undefined
  }
  const readObject = (depth: number): JsonObject | undefined => {
    const start = at++
    const object: JsonObject = new Map()
    if (!takeChar('}')) {
      do {
        skipBlank()
        const key = readString()
        if (key === undefined || object.has(key) || !takeChar(':')) return undefined
        const value = readValue(depth + 1)
        if (value === undefined) return undefined
        object.set(key, value)
      } while (takeChar(','))
      if (!takeChar('}')) return undefined
    }
    spans.set(object, [start, at])
    return object
  }

  const value = readValue(0)
  skipBlank()
  return value === undefined || at !== text.length ? undefined : { value, spans }
}

/** Line and column, both from 1, of an offset: what the policy simulator reports as StartPosition and EndPosition. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}
