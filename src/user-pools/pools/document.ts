/** Stored JSON documents, parsed once: pools and clients are read on every sign-in and change seldom. */

const mostKept = 4_000
const kept = new Map<string, unknown>()

/** The value of the JSON text, frozen to its depths, because everyone who reads the same text shares it. */
export function readDocument<Value>(text: string): Value {
  let value = kept.get(text)
  if (value === undefined) {
    value = freeze(JSON.parse(text))
    // The oldest goes first; whoever is still in use is parsed again.
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
    kept.set(text, value)
  }
  return value as Value
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}
