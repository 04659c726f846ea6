/** What a function may answer, as data: a shape says the types, reading checks them and drops what no shape names. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

export type Shape =
  | 'boolean'
  | 'string'
  | 'json'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly members: Shapes }
  /** Null means something else than nothing. */
  | { readonly nullable: Shape }
export type Shapes = { readonly [name: string]: Shape }

/** The type of a value of that shape. Every member may be left out, as AWS lets functions do. */
export type Read<S> = S extends 'boolean'
  ? boolean
  : S extends 'string'
    ? string
    : S extends 'json'
      ? Json
      : S extends { readonly list: infer Item }
        ? readonly Read<Item>[]
        : S extends { readonly map: infer Item }
          ? Readonly<Record<string, Read<Item>>>
          : S extends { readonly members: infer Members }
            ? ReadMembers<Members>
            : S extends { readonly nullable: infer Inner }
              ? Read<Inner> | null
              : never
export type ReadMembers<Members> = { readonly [Name in keyof Members]?: Read<Members[Name]> }

/** A value that is not of the shape; the message names where, for the log. */
export class Misshapen extends Error {}

const mostDepth = 32

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The members that were answered; null and absent are one. Refuses what is no object, and values of another type. */
export function readMembers<Members extends Shapes>(
  members: Members,
  value: unknown,
  path: string,
): ReadMembers<Members> {
  if (!isRecord(value)) throw new Misshapen(`${path} is no object`)
  const read = Object.entries(members).flatMap(([name, shape]) => {
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    const absent = given === undefined || (given === null && !(typeof shape === 'object' && 'nullable' in shape))
    return absent ? [] : [[name, readValue(shape, given, `${path}.${name}`)] as const]
  })
  return Object.fromEntries(read) as ReadMembers<Members>
}

function readValue(shape: Shape, value: unknown, path: string): unknown {
  if (shape === 'json') return readJson(value, path, mostDepth)
  if (typeof shape === 'string') {
    if (typeof value === shape) return value
    throw new Misshapen(`${path} is no ${shape}`)
  }
  if ('nullable' in shape) return value === null ? null : readValue(shape.nullable, value, path)
  if ('list' in shape) {
    if (!Array.isArray(value)) throw new Misshapen(`${path} is no list`)
    return value.map((item, index) => readValue(shape.list, item, `${path}[${index}]`))
  }
  if ('members' in shape) return readMembers(shape.members, value, path)
  if (!isRecord(value)) throw new Misshapen(`${path} is no map`)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([name, item]) => [name, readValue(shape.map, item, `${path}.${name}`)]),
  )
}

/** What came through JSON.parse is JSON; only its depth is to be bounded, for those who walk it later. */
function readJson(value: unknown, path: string, depth: number): Json {
  if (typeof value !== 'object' || value === null) return value as Json
  if (depth === 0) throw new Misshapen(`${path} is nested too deeply`)
  for (const item of Object.values(value)) readJson(item, path, depth - 1)
  return value as Json
}
