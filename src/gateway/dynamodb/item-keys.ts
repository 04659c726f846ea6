/** The condition keys of one request, or one part of a batch: which items, which attributes, how much of them. */
import type { Keys } from '../../iam/request-context.ts'
import { fail } from '../../wire/errors.ts'
import type { Input } from '../forward/json-service.ts'
import { attributesIn, equalitiesIn, type Kind, type Names } from './expression.ts'
import type { TableShape } from './table-shape.ts'

const isObject = (value: unknown): value is Input =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrongType = (): never => fail('SerializationException', 'Start of structure or map found where not expected.')

export const objectIn = (part: Input, member: string): Input => {
  const value = part[member] ?? {}
  return isObject(value) ? value : wrongType()
}
export const listIn = (part: Input, member: string): Input[] => {
  const value = part[member] ?? []
  return Array.isArray(value) && value.every(isObject) ? value : wrongType()
}
export const textIn = (part: Input, member: string): string | undefined => {
  const value = part[member] ?? undefined
  return value === undefined || typeof value === 'string' ? value : wrongType()
}

/**
 * A number as policies compare it: `1.0`, `01` and `1e0` are all `1`.
 * unproved: how AWS writes numbers and binary partition keys in dynamodb:LeadingKeys; plain decimal and base64 here.
 */
export function plainNumber(text: string): string {
  const [, sign = '', whole = '', part = '', power = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text) ?? []
  if (whole === '' && part === '') return text
  const digits = `${whole}${part}`
  const point = whole.length + Number(power)
  const padded =
    point > digits.length ? digits.padEnd(point, '0') : point < 0 ? digits.padStart(digits.length - point, '0') : digits
  const at = Math.max(point, 0)
  const before = padded.slice(0, at).replace(/^0+/, '') || '0'
  let end = padded.length
  while (end > at && padded[end - 1] === '0') end--
  const after = padded.slice(at, end)
  const number = after === '' ? before : `${before}.${after}`
  return sign === '-' && number !== '0' ? `-${number}` : number
}

/** Types whose values can be written in several ways; base64 also with odd bits at its end, or none of its padding. */
const spellings: ReadonlyMap<string, (text: string) => string> = new Map([
  ['N', plainNumber],
  ['B', (text) => Buffer.from(text, 'base64').toString('base64')],
])

/** Every scalar in a typed value, so that one with two types hides nothing. */
function scalarsOf(value: unknown): string[] {
  if (!isObject(value)) return wrongType()
  return Object.entries(value).flatMap(([type, scalar]) =>
    typeof scalar !== 'string' ? [] : [spellings.get(type)?.(scalar) ?? scalar],
  )
}

const noKey = (): never => fail('ValidationException', 'The provided key element does not match the schema')
const noQueryKey = (name: string): never =>
  fail('ValidationException', `Query condition missed key schema element: ${name}`)

/** The values of one partition key in items or keys; one that lacks it is no item of the table. */
const valuesIn = (items: readonly Input[], attribute: string) =>
  items.flatMap((item) => {
    const values = Object.hasOwn(item, attribute) ? scalarsOf(item[attribute]) : []
    return values.length > 0 ? values : noKey()
  })

const places = ['First', 'Second', 'Third', 'Fourth'] as const

const leadingKeys = (lists: readonly (readonly string[])[]): Keys => ({
  'dynamodb:LeadingKeys': lists[0] ?? [],
  ...(lists.length > 1 &&
    Object.fromEntries(lists.map((values, at) => [`dynamodb:${places[at]}PartitionKeyValues`, values]))),
})

/** Which items a request with whole keys or items touches. */
export const keysOfItems = (shape: TableShape, items: readonly Input[]): Keys =>
  leadingKeys(shape.partition.map((attribute) => valuesIn(items, attribute)))

/** Which partition a query reads: of the table, or of the index that it names. */
export function keysOfQuery(shape: TableShape, part: Input): Keys {
  const index = textIn(part, 'IndexName')
  const partition = index === undefined ? shape.partition : shape.indexes.get(index)
  if (!partition) return fail('ValidationException', `The table does not have the specified index: ${index}`)
  const expression = textIn(part, 'KeyConditionExpression')
  const equal = expression === undefined ? undefined : equalitiesIn(expression, namesIn(part))
  const values = objectIn(part, 'ExpressionAttributeValues')
  const conditions = objectIn(part, 'KeyConditions')
  return leadingKeys(
    partition.map((attribute) => {
      const wanted = (equal?.get(attribute) ?? []).flatMap((name) =>
        Object.hasOwn(values, name) ? scalarsOf(values[name]) : noQueryKey(attribute),
      )
      const legacy = Object.hasOwn(conditions, attribute) ? legacyValues(objectIn(conditions, attribute)) : []
      return wanted.length + legacy.length > 0 ? [...wanted, ...legacy] : noQueryKey(attribute)
    }),
  )
}

const legacyValues = (condition: Input): string[] =>
  textIn(condition, 'ComparisonOperator') === 'EQ'
    ? listIn(condition, 'AttributeValueList').flatMap(scalarsOf)
    : fail('ValidationException', 'Query key condition not supported')

function namesIn(part: Input): Names {
  const names = objectIn(part, 'ExpressionAttributeNames')
  return Object.values(names).every((name) => typeof name === 'string') ? (names as Names) : wrongType()
}

const tested: readonly Kind[] = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'UpdateExpression',
]
const legacyMaps = [
  'Expected',
  'QueryFilter',
  'ScanFilter',
  'KeyConditions',
  'AttributeUpdates',
  'Item',
  'Key',
] as const

const expressed = (part: Input, kind: Kind): string[] => {
  const text = textIn(part, kind)
  return text === undefined ? [] : attributesIn(kind, text, namesIn(part))
}

function projected(part: Input): string[] | undefined {
  const legacy = part['AttributesToGet'] ?? undefined
  if (legacy === undefined && textIn(part, 'ProjectionExpression') === undefined) return undefined
  if (legacy !== undefined && !(Array.isArray(legacy) && legacy.every((name) => typeof name === 'string'))) wrongType()
  const names = [...((legacy as string[] | undefined) ?? []), ...expressed(part, 'ProjectionExpression')]
  // Some servers take nothing for everything.
  return names.length > 0 ? names : fail('ValidationException', 'A projection must name at least one attribute.')
}

type Doing = {
  readonly reads: boolean
  readonly writes: boolean
  /** Query and Scan may say how much they want; others, that would not be heard, say nothing. */
  readonly selects?: boolean
}

/**
 * How much of the items is asked for. `whole` is the request around a part of a batch.
 * unproved: that keys and the names in filters count as attributes where a projection is given, and that a whole-item
 * read names none but those of its filter; both as the developer guide's examples have it.
 */
export function keysOfAttributes(part: Input, { reads, writes, selects = false }: Doing, whole: Input = part): Keys {
  const projection = reads ? projected(part) : undefined
  const maps = legacyMaps.filter((member) => writes || projection || (member !== 'Key' && member !== 'KeyConditions'))
  const kinds = tested.filter((kind) => writes || projection || kind !== 'KeyConditionExpression')
  const names = new Set([
    ...(projection ?? []),
    ...kinds.flatMap((kind) => expressed(part, kind)),
    ...maps.flatMap((member) => Object.keys(objectIn(part, member))),
  ])
  const returned = returnsOf(part)
  const consumed = textIn(whole, 'ReturnConsumedCapacity')
  return {
    ...(names.size > 0 && { 'dynamodb:Attributes': [...names] }),
    ...(reads && { 'dynamodb:Select': selectOf(selects ? part : {}, projection) }),
    ...(returned !== undefined && { 'dynamodb:ReturnValues': returned }),
    ...(consumed !== undefined && { 'dynamodb:ReturnConsumedCapacity': consumed }),
  }
}

function selectOf(part: Input, projection: readonly string[] | undefined): string {
  const given = textIn(part, 'Select')
  if (given === 'SPECIFIC_ATTRIBUTES' && !projection) {
    const lacking = 'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES'
    return fail('ValidationException', `One or more parameter values were invalid: ${lacking}`)
  }
  if (given !== undefined) return given
  if (projection) return 'SPECIFIC_ATTRIBUTES'
  return textIn(part, 'IndexName') === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES'
}

/** unproved: that an item returned because a condition failed counts as ALL_OLD; nothing less would keep it in. */
const returnsOf = (part: Input): string | undefined =>
  textIn(part, 'ReturnValuesOnConditionCheckFailure') === 'ALL_OLD' ? 'ALL_OLD' : textIn(part, 'ReturnValues')
