/** Remembers compiled documents, so that a document is compiled once and not at every request. */
import { parsePolicy } from './parse.ts'
import type { Policy, PolicyKind } from './statement.ts'

/** A memo of `parsePolicy` that keeps, per kind, at most `limit` characters of documents and forgets the least recently used first. */
export function rememberCompiled(limit: number): (text: string, kind: PolicyKind) => Policy {
  const shelves = new Map<PolicyKind, Shelf>()
  return (text, kind) => {
    let shelf = shelves.get(kind)
    if (!shelf) {
      shelf = { known: new Map(), size: 0 }
      shelves.set(kind, shelf)
    }
    const found = shelf.known.get(text)
    if (found) {
      shelf.known.delete(text)
      shelf.known.set(text, found)
      return found
    }
    const policy = parsePolicy(text, kind)
    if (text.length <= limit) keep(shelf, text, policy, limit)
    return policy
  }
}

/** A Map iterates in order of insertion: its first entry is the least recently used. */
type Shelf = { known: Map<string, Policy>; size: number }

function keep(shelf: Shelf, text: string, policy: Policy, limit: number): void {
  shelf.known.set(text, policy)
  shelf.size += text.length
  for (const oldest of shelf.known.keys()) {
    if (shelf.size <= limit) break
    shelf.known.delete(oldest)
    shelf.size -= oldest.length
  }
}

/** The process's memo: a million characters are some five hundred full policies. */
export const compiled = rememberCompiled(1_000_000)
