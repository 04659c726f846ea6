/** Checks a request against its shape: wrong types, then every broken limit at once, phrased as AWS phrases them. */
import { AwsError } from './errors.ts'
import { type Model, type Shape, shapeName, shapeOf } from './model.ts'

/** Broken limits, already phrased: `Value 'x' at 'limit' failed to satisfy constraint: …`. */
type Findings = string[]
type Read = (value: unknown, path: string, findings: Findings) => unknown

/** More than this helps nobody, and bounds the answer to a hostile request. */
const mostFindings = 20
const longestEcho = 512

const readers = new Map<Model, Map<string, Read>>()

/**
 * The input as the operation receives it: only members the model names, times as Date, blobs as bytes.
 * Refuses wrong JSON types with SerializationException and broken limits with `refusal` (the code differs by service).
 */
export function checkInput(of: Model, name: string | undefined, value: unknown, refusal: string): unknown {
  if (name === undefined) return {}
  const findings: Findings = []
  const input = reader(of, name)(value, '', findings)
  if (findings.length > 0) throw new AwsError(refusal, phraseFindings(findings))
  return input
}

export const phraseFindings = (findings: readonly string[]): string =>
  `${findings.length} validation error${findings.length > 1 ? 's' : ''} detected: ${findings.join('; ')}`

function reader(of: Model, name: string): Read {
  const known = perModel(readers, of)
  let read = known.get(name)
  if (!read) {
    // Shapes may contain themselves: the entry exists before its members are built.
    known.set(name, (value, path, findings) => (read as Read)(value, path, findings))
    read = build(of, shapeOf(of, name), holdsSecret(of, name))
    known.set(name, read)
  }
  return read
}

function build(of: Model, shape: Shape, secret: boolean): Read {
  if (shape.document || (shape.type === 'structure' && !shape.members)) return (value) => value
  return builders[shape.type](of, shape, secret)
}

const builders: Record<Shape['type'], (of: Model, shape: Shape, secret: boolean) => Read> = {
  structure: readStructure,
  list: readList,
  map: readMap,
  string: readString,
  integer: (_, shape, secret) => readNumber(shape, secret, 'an Integer', true),
  long: (_, shape, secret) => readNumber(shape, secret, 'a Long', true),
  float: (_, shape, secret) => readNumber(shape, secret, 'a Float', false),
  double: (_, shape, secret) => readNumber(shape, secret, 'a Double', false),
  boolean: () => (value) => (typeof value === 'boolean' ? value : refuseType(value, 'a Boolean')),
  blob: readBlob,
  timestamp: () => readTimestamp,
}

function readStructure(of: Model, shape: Shape): Read {
  const required = new Set(shape.required)
  const members = Object.entries(shape.members ?? {}).map(([name, ref]) => ({
    name,
    at: lowerFirst(name),
    read: reader(of, shapeName(ref)),
    required: required.has(name),
    secret: holdsSecret(of, shapeName(ref)),
  }))
  return (value, path, findings) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuseType(value, 'structure')
    const given = value as Record<string, unknown>
    const result: Record<string, unknown> = {}
    for (const member of members) {
      const part = Object.hasOwn(given, member.name) ? given[member.name] : undefined
      const at = path ? `${path}.${member.at}` : member.at
      if (part !== undefined && part !== null) result[member.name] = member.read(part, at, findings)
      else if (member.required) add(findings, null, at, member.secret, 'Member must not be null')
    }
    return result
  }
}

function readList(of: Model, shape: Shape, secret: boolean): Read {
  const read = reader(of, shape.member ?? '')
  return (value, path, findings) => {
    if (!Array.isArray(value)) return refuseType(value, 'list')
    checkLength(shape, value, value.length, path, secret, findings)
    const items: unknown[] = []
    for (const [index, item] of within(shape, value).entries()) {
      if (isEnough(findings)) break
      items.push(read(item, `${path}.${index + 1}.member`, findings))
    }
    return items
  }
}

/** What is looked at of a list or a map: the rest of one that is too long makes no difference. */
const within = <Item>({ max }: Shape, items: Item[]): Item[] => (max === undefined ? items : items.slice(0, max))

function readMap(of: Model, shape: Shape, secret: boolean): Read {
  const [keyShape, valueShape] = [shapeOf(of, shape.key ?? ''), shapeOf(of, shape.value ?? '')]
  const readValue = reader(of, shape.value ?? '')
  return (value, path, findings) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuseType(value, 'map')
    const given = Object.entries(value).filter(([, item]) => item !== null)
    const shown = Object.fromEntries(given.slice(0, mostFindings))
    checkLength(shape, shown, given.length, path, secret, findings)
    const entries = within(shape, given)
    for (const [key, item] of entries) {
      if (isEnough(findings)) break
      const keyRules = brokenStringRules(keyShape, key)
      if (keyRules.length)
        add(findings, shown, path, secret, `Map keys must satisfy constraint: [${keyRules.join(', ')}]`)
      const rules = valueShape.type === 'string' && typeof item === 'string' ? brokenStringRules(valueShape, item) : []
      if (rules.length) add(findings, shown, path, secret, `Map value must satisfy constraint: [${rules.join(', ')}]`)
    }
    const plain = valueShape.type === 'string'
    return Object.fromEntries(
      entries.map(([key, item]) => {
        if (plain && typeof item !== 'string') return refuseType(item, 'a String') as never
        return [key, plain ? item : readValue(item, `${path}.${key.slice(0, longestEcho)}.member`, findings)]
      }),
    )
  }
}

function readString(_: Model, shape: Shape, secret: boolean): Read {
  return (value, path, findings) => {
    if (typeof value !== 'string') return refuseType(value, 'a String')
    for (const rule of brokenStringRules(shape, value)) add(findings, value, path, secret, rule)
    return value
  }
}

const patterns = new Map<string, RegExp>()

const sign = '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]'

/**
 * Patterns of the models that can be fitted in many ways, which takes time that grows with the square of a text's length, said
 * so that there is one way: here the first at sign behind the first character is the one that counts.
 */
const oneWay: Readonly<Record<string, string>> = { [`${sign}+@${sign}+`]: `${sign}(?:(?!@)${sign})*@${sign}+` }

/** A model pattern as a regular expression over the whole value. Models are written for Java: `(?s)` and `\:` mean nothing here. */
function patternOf(source: string): RegExp {
  let pattern = patterns.get(source)
  if (!pattern) {
    const portable = (oneWay[source] ?? source).replace('(?s).', '[^]').replace(/\\([:=@%"'_,;<>&])/g, '$1')
    pattern = new RegExp(`^(?:${portable})$`, 'u')
    patterns.set(source, pattern)
  }
  return pattern
}

function brokenStringRules(shape: Shape, value: string): string[] {
  const rules: string[] = []
  if (shape.enum && !shape.enum.includes(value))
    rules.push(`Member must satisfy enum value set: [${shape.enum.join(', ')}]`)
  if (shape.min !== undefined && value.length < shape.min)
    rules.push(`Member must have length greater than or equal to ${shape.min}`)
  const tooLong = shape.max !== undefined && value.length > shape.max
  if (tooLong) rules.push(`Member must have length less than or equal to ${shape.max}`)
  // A value far over its limit is refused for that alone, before a pattern walks over it.
  else if (shape.pattern && !patternOf(shape.pattern).test(value))
    rules.push(`Member must satisfy regular expression pattern: ${shape.pattern}`)
  // Databases cannot hold U+0000 in a text, nor look for it. unproved: what AWS says where its own pattern allows it.
  if (rules.length === 0 && value.includes('\0'))
    rules.push('Member must satisfy regular expression pattern: [^\\x00]*')
  return rules
}

function checkLength(shape: Shape, value: unknown, length: number, path: string, secret: boolean, findings: Findings) {
  if (shape.min !== undefined && length < shape.min)
    add(findings, value, path, secret, `Member must have length greater than or equal to ${shape.min}`)
  if (shape.max !== undefined && length > shape.max)
    add(findings, value, path, secret, `Member must have length less than or equal to ${shape.max}`)
}

function readNumber(shape: Shape, secret: boolean, kind: string, whole: boolean): Read {
  return (value, path, findings) => {
    if (typeof value !== 'number') return refuseType(value, kind)
    if (whole && !Number.isSafeInteger(value)) return refuseType(value, kind)
    if (shape.min !== undefined && value < shape.min)
      add(findings, value, path, secret, `Member must have value greater than or equal to ${shape.min}`)
    if (shape.max !== undefined && value > shape.max)
      add(findings, value, path, secret, `Member must have value less than or equal to ${shape.max}`)
    return value
  }
}

function readBlob(_: Model, shape: Shape): Read {
  return (value, path, findings) => {
    if (typeof value !== 'string') return refuseType(value, 'a Blob')
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value))
      throw new AwsError('SerializationException', 'Invalid base64 in a binary member.')
    const bytes = Buffer.from(value, 'base64')
    checkLength(shape, null, bytes.length, path, true, findings)
    return new Uint8Array(bytes)
  }
}

/** Epoch seconds, possibly with a fraction; or ISO 8601, as the Query protocol sends it. */
function readTimestamp(value: unknown): unknown {
  const date =
    typeof value === 'number' ? new Date(value * 1000) : typeof value === 'string' ? new Date(value) : undefined
  if (!date || Number.isNaN(date.getTime())) return refuseType(value, 'a Timestamp')
  return date
}

/** As DynamoDB says it, which has the same reader of JSON. unproved: that each service says the same of each type. */
function refuseType(value: unknown, wanted: string): never {
  if (wanted === 'structure' || wanted === 'list' || wanted === 'map')
    throw new AwsError('SerializationException', 'Unexpected value type in payload')
  if (Array.isArray(value)) throw new AwsError('SerializationException', 'Start of list found where not expected')
  if (typeof value === 'object' && value !== null)
    throw new AwsError('SerializationException', 'Start of structure or map found where not expected.')
  const token = typeof value === 'boolean' ? `${value}`.toUpperCase() : typeof value === 'number' ? 'NUMBER' : 'STRING'
  throw new AwsError('SerializationException', `${token}_VALUE can not be converted to ${wanted}`)
}

const isEnough = (findings: Findings) => findings.length >= mostFindings

function add(findings: Findings, value: unknown, path: string, secret: boolean, rule: string) {
  if (isEnough(findings)) return
  const shown = secret ? '' : value === null ? ' null' : ` '${echo(value)}'`
  findings.push(`Value${shown} at '${path}' failed to satisfy constraint: ${rule}`)
}

/** A value as Java prints it: `[a, b]`, `{k=v}`. */
function echo(value: unknown): string {
  const text = Array.isArray(value)
    ? `[${value.slice(0, mostFindings).map(echo).join(', ')}]`
    : typeof value === 'object' && value !== null
      ? `{${Object.entries(value)
          .slice(0, mostFindings)
          .map(([key, item]) => `${key}=${echo(item)}`)
          .join(', ')}}`
      : String(value)
  return text.length > longestEcho ? `${text.slice(0, longestEcho)}…` : text
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

function perModel<Item>(all: Map<Model, Map<string, Item>>, of: Model): Map<string, Item> {
  const known = all.get(of) ?? new Map<string, Item>()
  all.set(of, known)
  return known
}

const secrecy = new Map<Model, Map<string, boolean>>()

/** Whether the shape, or anything inside it, must not be shown. */
export function holdsSecret(of: Model, name: string): boolean {
  const known = perModel(secrecy, of)
  const before = known.get(name)
  if (before !== undefined) return before
  known.set(name, false)
  const shape = shapeOf(of, name)
  const inner = [...Object.values(shape.members ?? {}).map(shapeName), shape.member, shape.key, shape.value]
  const secret = Boolean(shape.sensitive) || inner.some((part) => part !== undefined && holdsSecret(of, part))
  known.set(name, secret)
  return secret
}
