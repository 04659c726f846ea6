/** The policy of a browser's POST form: what the signer lets the form say. AWS: S3 API Reference, "POST Policy". */
import { fail } from '../../wire/errors.ts'

export type PostPolicy = {
  /** Epoch milliseconds. */
  readonly expires: number
  readonly conditions: readonly Condition[]
}

type Condition =
  | { readonly kind: 'eq' | 'starts-with'; readonly field: string; readonly value: string; readonly written: string }
  | { readonly kind: 'range'; readonly least: number; readonly most: number }

const invalid = (message: string): never => fail('InvalidPolicyDocument', `Invalid Policy: ${message}`, { status: 400 })
const denied = (message: string): never =>
  fail('AccessDenied', `Invalid according to Policy: ${message}`, { status: 403 })

/** Reads the base64 text of the form's `policy` field. */
export function readPolicy(base64: string): PostPolicy {
  const text = Buffer.from(base64, 'base64').toString('utf8')
  if (text.trim() === '') return invalid("Expecting '{' but found End-of-Input")
  let document: unknown
  try {
    // `\$` is allowed here and nowhere in JSON.
    document = JSON.parse(text.replace(/\\(.)/gs, (pair, escaped) => (escaped === '$' ? '$' : pair)))
  } catch {
    return invalid('Invalid JSON.')
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return invalid('Invalid JSON.')
  const { expiration, conditions } = document as Record<string, unknown>
  if (expiration === undefined) return invalid('Policy missing expiration.')
  if (conditions === undefined) return invalid('Policy missing conditions.')
  const expires =
    typeof expiration === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(expiration)
      ? Date.parse(expiration)
      : Number.NaN
  if (Number.isNaN(expires)) return invalid(`Invalid 'expiration' value: '${String(expiration)}'`)
  if (!Array.isArray(conditions)) return invalid('Invalid conditions.')
  return { expires, conditions: conditions.flatMap(readCondition) }
}

function readCondition(condition: unknown): Condition[] {
  if (Array.isArray(condition)) return [readList(condition)]
  if (typeof condition !== 'object' || condition === null) return invalid('Invalid Condition.')
  const entries = Object.entries(condition)
  if (entries.length !== 1)
    invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.')
  return entries.map(([name, value]) => {
    if (typeof value !== 'string') return invalid('Invalid Simple-Condition: value must be a string.')
    return { kind: 'eq', field: name.toLowerCase(), value, written: JSON.stringify(['eq', `$${name}`, value]) }
  })
}

function readList(list: readonly unknown[]): Condition {
  const [word, first, second] = list
  const kind = typeof word === 'string' ? word.toLowerCase() : ''
  if (list.length !== 3) return invalid('Invalid Condition: wrong number of arguments.')
  if (kind === 'content-length-range') {
    const [least, most] = [Number(first), Number(second)]
    if (!Number.isSafeInteger(least) || !Number.isSafeInteger(most) || least < 0)
      return invalid('Invalid content-length-range.')
    return { kind: 'range', least, most }
  }
  if (kind !== 'eq' && kind !== 'starts-with') return invalid(`Invalid Condition: unknown operation '${String(word)}'.`)
  if (typeof first !== 'string' || typeof second !== 'string' || !first.startsWith('$')) {
    return invalid(`Invalid ${kind} condition.`)
  }
  return {
    kind,
    field: first.slice(1).toLowerCase(),
    value: second,
    written: JSON.stringify([kind, first, second]).replaceAll('","', '", "'),
  }
}

/** Fields that need no condition. */
const free = (name: string) => ['x-amz-signature', 'file', 'policy'].includes(name) || name.startsWith('x-ignore-')

/** Refuses a form that the policy does not cover. `fields` includes the bucket, and the key after its expansion. */
export function checkForm(policy: PostPolicy, fields: ReadonlyMap<string, string>, now: number): void {
  if (policy.expires <= now) denied('Policy expired.')
  const covered = new Set<string>()
  for (const condition of policy.conditions) {
    if (condition.kind === 'range') continue
    covered.add(condition.field)
    if (!holds(condition, fields.get(condition.field) ?? '')) denied(`Policy Condition failed: ${condition.written}`)
  }
  const extra = [...fields.keys()].filter((name) => !covered.has(name) && !free(name))
  if (extra.length > 0) denied(`Extra input fields: ${extra.join(', ')}`)
}

function holds({ kind, field, value }: Exclude<Condition, { kind: 'range' }>, actual: string): boolean {
  if (kind === 'eq') return actual === value
  if (field !== 'content-type') return actual.startsWith(value)
  return actual.split(',').every((one) => one.trim().startsWith(value))
}

/** How large the file may be: every range of the policy holds. */
export const sizeRange = ({ conditions }: PostPolicy): { least: number; most: number } =>
  conditions.reduce(
    (range, condition) =>
      condition.kind === 'range'
        ? { least: Math.max(range.least, condition.least), most: Math.min(range.most, condition.most) }
        : range,
    { least: 0, most: Number.POSITIVE_INFINITY },
  )
