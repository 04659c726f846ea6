/** The order of keys, that of their code points, and the places in it. */

/**
 * A place in the order of names: after a name, or from a name on; in a listing of versions also after one version of that
 * name, by its rank.
 */
export type Place = { readonly name: string; readonly inclusive: boolean; readonly rank?: number }

/** The first text after all texts with this prefix, in the order of code points; undefined if there is none. */
export function successor(prefix: string): string | undefined {
  const points = [...prefix]
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!
    if (last === 0x10ffff) continue
    // The surrogates are no characters.
    return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}

/** UTF-8 bytes order as code points do, JavaScript's strings as UTF-16 does: they differ above U+D7FF. */
export const isBefore = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
