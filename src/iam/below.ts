/** Paths of IAM: which of them lie below another. */

/** The first text after all that begin with the prefix: a range, which an index can serve. */
export const beyond = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
