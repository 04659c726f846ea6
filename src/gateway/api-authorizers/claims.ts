/** Claims as integrations get them: flat, every value a string. */
import type { Claims } from '../../protocols/jwt.ts'

/** How a list is written: `a,b` by REST APIs, `[a b]` by HTTP APIs. unproved: sources disagree on the first. */
export type ListForm = 'commas' | 'brackets'

export function flatClaims(claims: Claims, lists: ListForm): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(claims)) {
    if (value === null || value === undefined) continue
    flat[name] = Array.isArray(value) ? list(value, lists) : text(value)
  }
  return flat
}

const text = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

const list = (values: readonly unknown[], form: ListForm): string =>
  form === 'commas' ? values.map(text).join(',') : `[${values.map(text).join(' ')}]`

/** `scope` is space-separated text; some issuers write `scp`, some a list. */
export function scopesIn({ scope, scp }: Claims): string[] {
  const given = scope ?? scp
  if (typeof given === 'string') return given.split(' ').filter((one) => one !== '')
  return Array.isArray(given) ? given.filter((one): one is string => typeof one === 'string') : []
}

/** Of a header that may carry the scheme: API Gateway's samples send the bare token. */
export const bareToken = (value: string): string => value.replace(/^bearer +/i, '').trim()
