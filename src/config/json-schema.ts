/** Holds a JSON document to a JSON Schema, as far as ours goes, and says where and how it fails. */

export type Schema = {
  readonly description?: string
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly oneOf?: readonly Schema[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly maxProperties?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
}

const show = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 80)

/** The first thing wrong, as a sentence that begins with its place; undefined if all is well. */
export function findFault(root: Schema, value: unknown, place = ''): string | undefined {
  return check(root, root, value, place)
}

type Rule = (schema: Schema, value: unknown, place: string, root: Schema) => string | undefined

function check(root: Schema, given: Schema, value: unknown, place: string): string | undefined {
  const schema = resolve(root, given)
  for (const rule of rules) {
    const fault = rule(schema, value, place, root)
    if (fault !== undefined) return fault
  }
  return undefined
}

const resolve = (root: Schema, schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (root.$defs?.[schema.$ref.slice('#/$defs/'.length)] ?? {})

const at = (place: string, sentence: string, { description }: Schema = {}) =>
  `${place === '' ? 'The file' : place} ${sentence}.${description ? ` (${description})` : ''}`

const below = (place: string, key: string) => (place === '' ? key : `${place}.${key}`)

const rules: readonly Rule[] = [
  (schema, value, place) => {
    const { type } = schema
    return type !== undefined && !types[type]?.(value)
      ? at(place, `must be ${/^[aio]/.test(type) ? 'an' : 'a'} ${type}, not ${show(value)}`, schema)
      : undefined
  },
  (schema, value, place) =>
    schema.const !== undefined && schema.const !== value ? at(place, `must be ${show(schema.const)}`) : undefined,
  (schema, value, place) =>
    schema.enum && !schema.enum.includes(value)
      ? at(place, `must be one of ${schema.enum.map(show).join(', ')}, not ${show(value)}`, schema)
      : undefined,
  (schema, value, place, root) => {
    if (!schema.oneOf) return undefined
    // All of ours are told apart by their type.
    const branches = schema.oneOf.map((one) => resolve(root, one))
    const known = branches.map((one) => one.properties?.['type']?.const)
    const type = isObject(value) ? value['type'] : undefined
    const branch = branches[known.indexOf(type)]
    return branch
      ? check(root, branch, value, place)
      : at(below(place, 'type'), `must be one of ${known.map(show).join(', ')}, not ${show(type)}`)
  },
  // Before what is missing, because a member of a wrong name is both.
  (schema, value, place, root) => {
    if (!isObject(value)) return undefined
    if (Object.keys(value).length > (schema.maxProperties ?? Number.POSITIVE_INFINITY))
      return at(place, `may have ${schema.maxProperties} members at most`, schema)
    for (const [name, member] of Object.entries(value)) {
      const { properties = {}, additionalProperties } = schema
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined
      const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined
      if (!own && additionalProperties === false)
        return at(below(place, name), `is not known here; there are ${Object.keys(properties).join(', ')}`)
      const used = own ?? rest
      const fault = used && check(root, used, member, below(place, name))
      if (fault !== undefined) return fault
    }
    return undefined
  },
  (schema, value, place) => {
    const missing = isObject(value) ? schema.required?.find((name) => value[name] === undefined) : undefined
    return missing === undefined ? undefined : at(below(place, missing), 'is missing', schema.properties?.[missing])
  },
  (schema, value, place, root) => {
    if (!Array.isArray(value)) return undefined
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, items } = schema
    if (value.length < minItems) return at(place, `needs ${minItems} at least`, schema)
    if (value.length > maxItems) return at(place, `may have ${maxItems} at most`, schema)
    for (const [index, item] of value.entries()) {
      const fault = items && check(root, items, item, `${place}[${index}]`)
      if (fault !== undefined) return fault
    }
    return undefined
  },
  (schema, value, place) =>
    schema.pattern !== undefined && typeof value === 'string' && !new RegExp(schema.pattern).test(value)
      ? at(place, `cannot be ${show(value)}: it must fit ${schema.pattern}`, schema)
      : undefined,
  (schema, value, place) => {
    if (typeof value !== 'number') return undefined
    const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema
    return value < minimum || value > maximum
      ? at(place, `must be from ${minimum} to ${maximum}, not ${value}`, schema)
      : undefined
  },
]
