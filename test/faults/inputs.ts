/** Inputs that a shape nearly describes: right, wrong, hostile; for throwing at operations. */
import fc from 'fast-check'
import { type Model, type Shape, shapeName, shapeOf } from '../../src/wire/model.ts'

/** Real values by the name of the member, so that inputs get past the door. */
export type Known = Readonly<Record<string, string>>

/** What databases, XML, headers, paths and patterns stumble over. */
const hostile = [
  '',
  '\0',
  'a\0b',
  '\ud800',
  '../../etc/passwd',
  "' or 1=1 --",
  '%',
  '<a>&amp;]]>',
  'line\r\nset-cookie: x=1',
  '__proto__',
  'constructor',
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
  '{"Version":',
  'x'.repeat(5_000),
  '9'.repeat(400),
  'İ',
  'ﬁ',
]

const text = fc.oneof(fc.constantFrom(...hostile), fc.string(), fc.string({ unit: 'binary' }))

const depth = 4

/** A value for the shape; one in twenty has another type altogether. */
export function inputFor(of: Model, name: string | undefined, known: Known): fc.Arbitrary<unknown> {
  return name === undefined ? fc.constant({}) : valueFor(of, shapeOf(of, name), known, '', depth)
}

function valueFor(of: Model, shape: Shape, known: Known, member: string, left: number): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 19, arbitrary: builders[shape.type](of, shape, known, member, left) },
    { weight: 1, arbitrary: fc.jsonValue() },
  )
}

const numbers = fc.oneof(fc.integer({ min: -2, max: 100 }), fc.integer(), fc.double(), fc.constant(2 ** 53))

type Build = (of: Model, shape: Shape, known: Known, member: string, left: number) => fc.Arbitrary<unknown>

const builders: Record<Shape['type'], Build> = {
  structure(of, shape, known, _, left) {
    if (left === 0) return fc.constant({})
    const members = Object.entries(shape.members ?? {}).map(([name, ref]) => {
      const value = valueFor(of, shapeOf(of, shapeName(ref)), known, name, left - 1)
      const isNeeded = shape.required?.includes(name)
      // Undefined leaves JSON: the member is absent.
      return [name, fc.option(value, { nil: undefined, freq: isNeeded ? 20 : 1 })] as const
    })
    return fc.record(Object.fromEntries(members))
  },
  list: (of, shape, known, member, left) =>
    left === 0
      ? fc.constant([])
      : fc.array(valueFor(of, shapeOf(of, shape.member ?? ''), known, member, left - 1), { maxLength: 3 }),
  map: (of, shape, known, member, left) =>
    left === 0
      ? fc.constant({})
      : fc.dictionary(
          fc.oneof(fc.constantFrom(...Object.keys(known)), text),
          valueFor(of, shapeOf(of, shape.value ?? ''), known, member, left - 1),
          { maxKeys: 3 },
        ),
  string(_, shape, known, member) {
    const real = known[member]
    return fc.oneof(
      text,
      ...(shape.enum ? [{ weight: 8, arbitrary: fc.constantFrom(...shape.enum) }] : []),
      ...(real === undefined ? [] : [{ weight: 12, arbitrary: fc.constant(real) }]),
      fc.constantFrom(...Object.values(known)),
    )
  },
  integer: () => numbers,
  long: () => numbers,
  float: () => numbers,
  double: () => numbers,
  boolean: () => fc.boolean(),
  blob: () => fc.oneof(fc.base64String(), text),
  timestamp: () => fc.oneof(numbers, fc.constantFrom(8.64e15, 1e300, 'yesterday', '2026-01-01T00:00:00Z')),
}

/** As the Query protocol sends it: `Tags.member.1.Key`. */
export function asForm(value: unknown, prefix = ''): [name: string, value: string][] {
  const below = (name: string) => (prefix ? `${prefix}.${name}` : name)
  if (Array.isArray(value)) return value.flatMap((item, index) => asForm(item, below(`member.${index + 1}`)))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, item]) => asForm(item, below(name)))
  return value === undefined || value === null ? [] : [[prefix, String(value)]]
}

/** RFC 3986: what encodeURIComponent leaves alone is encoded, too; so do those who sign. */
const encodeText = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

/** The input as a REST-JSON call: what the model places in path, query and headers goes there, the rest into the body. */
export function asRest(of: Model, operation: string, input: unknown) {
  const { http, input: shape = '' } = of.operations[operation] ?? {}
  const members = Object.entries(of.shapes[shape]?.members ?? {})
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  const query: string[] = []
  const body: Record<string, unknown> = { ...given }
  let path = http?.requestUri ?? '/'
  const headers: Record<string, string> = {}
  for (const [member, ref] of members) {
    if (typeof ref === 'string' || ref.location === undefined) continue
    delete body[member]
    const encoded = encodeText(String(given[member] ?? '').toWellFormed())
    if (ref.location === 'uri') path = path.replace(`{${ref.locationName}}`, () => encoded)
    else if (given[member] === undefined) continue
    else if (ref.location === 'querystring') query.push(`${ref.locationName}=${encoded}`)
    else headers[ref.locationName ?? ''] = encoded
  }
  const method = http?.method ?? 'POST'
  const text = method === 'GET' || method === 'DELETE' ? '' : JSON.stringify(typeof input === 'object' ? body : input)
  return { method, path, query: query.join('&'), headers, body: text }
}
