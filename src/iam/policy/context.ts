/** The facts of a request that policies may ask about: condition keys, found whatever their letter case. */

/** A string is a single-valued key; a list, even of one or none, is a multi-valued key. */
export type ContextValue = string | readonly string[]
declare const lowered: unique symbol
/** Made only by `contextOf`, which lower-cases the keys: a look-up must never miss for reasons of letter case. */
export type Context = ReadonlyMap<string, ContextValue> & { readonly [lowered]: true }

/**
 * Builds a context from `{ 'aws:SourceIp': '192.0.2.1', 'aws:TagKeys': ['a', 'b'] }`; undefined means the key is absent.
 *
 * Two keys that differ in letter case only, as tags on an S3 object may, become one key with the values of both: the second can then
 * neither hide the first from a Deny nor satisfy an Allow alone.
 */
export function contextOf(
  entries: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
): Context {
  const context = new Map<string, ContextValue>()
  for (const key of Object.keys(entries)) {
    const entry = entries[key]
    if (entry === undefined) continue
    const value = typeof entry === 'number' || typeof entry === 'boolean' ? String(entry) : entry
    const loweredKey = key.toLowerCase()
    const known = context.get(loweredKey)
    context.set(loweredKey, known === undefined ? value : [known, value].flat())
  }
  return context as unknown as Context
}

/** The values of a key; an absent key and a list of nothing, or of empty texts only, are both "absent" (AWS: Condition operators, Null). */
export function valuesOf(context: Context, loweredKey: string): ContextValue | undefined {
  const value = context.get(loweredKey)
  return value === undefined || typeof value === 'string' || value.some((one) => one !== '') ? value : undefined
}
