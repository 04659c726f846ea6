/** Lifecycle rules: how a configuration is written, and when a rule says that an object is to go. AWS: S3 User Guide, "Managing the lifecycle of objects". */
import { fail } from '../../wire/errors.ts'
import type { XmlValue } from '../../wire/xml.ts'
import type { ObjectRow } from './objects-store.ts'
import type { Tags } from './tags.ts'
import { malformedXml, readXml, textOf, type XmlNode } from './xml-body.ts'

export type LifecycleRule = {
  readonly id: string
  readonly enabled: boolean
  /** How the filter was written: it is answered as it came. */
  readonly form: 'prefix' | 'filter'
  readonly prefix: string
  readonly tags: Tags
  readonly largerThan?: number
  readonly smallerThan?: number
  /** Of the latest version, after days or on a date (epoch milliseconds). */
  readonly days?: number
  readonly date?: number
  /** Remove a marker that is all that is left of a key. */
  readonly loneMarker?: boolean
  /** Of earlier versions: after days, except the newest of them. */
  readonly earlier?: { readonly days: number; readonly keep?: number }
  readonly abortDays?: number
}

const mostRules = 1000
const day = 86_400_000

const invalid = (message: string): never => fail('InvalidRequest', message, { status: 400 })
const invalidArgument = (message: string): never => fail('InvalidArgument', message, { status: 400 })

function readNumber(node: XmlNode, name: string, least: number): number | undefined {
  const text = textOf(node, name)?.trim()
  if (text === undefined) return undefined
  if (!/^-?\d{1,15}$/.test(text)) return malformedXml(name)
  const number = Number(text)
  if (number < least) return invalidArgument(`'${name}' for the action must be a positive integer`)
  return number
}

const one = (node: XmlNode, name: string): XmlNode | undefined => {
  const found = node.children[name]
  return found && (found.length === 1 ? found[0] : malformedXml(`${name} comes twice`))
}

function readFilter(rule: XmlNode): Pick<LifecycleRule, 'form' | 'prefix' | 'tags' | 'largerThan' | 'smallerThan'> {
  const filter = one(rule, 'Filter')
  if (!filter) {
    return { form: 'prefix', prefix: textOf(rule, 'Prefix') ?? malformedXml('neither Filter nor Prefix'), tags: {} }
  }
  if (rule.children['Prefix']) malformedXml('Filter and Prefix')
  const and = one(filter, 'And')
  if (!and && Object.keys(filter.children).length > 1) malformedXml('two filters without And')
  const inner = and ?? filter
  const tags = (inner.children['Tag'] ?? []).map((tag) => [
    textOf(tag, 'Key') || malformedXml('a tag without key'),
    textOf(tag, 'Value') ?? malformedXml('a tag without value'),
  ])
  const largerThan = readNumber(inner, 'ObjectSizeGreaterThan', 0)
  const smallerThan = readNumber(inner, 'ObjectSizeLessThan', 1)
  return {
    form: 'filter',
    prefix: textOf(inner, 'Prefix') ?? '',
    tags: Object.fromEntries(tags),
    ...(largerThan !== undefined && { largerThan }),
    ...(smallerThan !== undefined && { smallerThan }),
  }
}

function readDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text.trim())
  if (Number.isNaN(time)) return malformedXml('Date')
  return time % day === 0 ? time : invalidArgument("'Date' must be at midnight GMT")
}

function readRule(rule: XmlNode, index: number): LifecycleRule {
  for (const name of ['Transition', 'NoncurrentVersionTransition']) {
    if (rule.children[name]) {
      fail('NotImplemented', `${name} is not implemented: there is one kind of storage.`, { status: 501 })
    }
  }
  const status = textOf(rule, 'Status')?.trim()
  if (status !== 'Enabled' && status !== 'Disabled') return malformedXml('Status')
  const id = textOf(rule, 'ID') || `rule-${index + 1}`
  if (id.length > 255) return invalidArgument('ID length should not exceed allowed limit of 255')
  const expiration = one(rule, 'Expiration')
  const days = expiration && readNumber(expiration, 'Days', 1)
  const date = expiration && readDate(textOf(expiration, 'Date'))
  const loneMarker = expiration && textOf(expiration, 'ExpiredObjectDeleteMarker')?.trim() === 'true'
  if (expiration && Object.keys(expiration.children).length !== 1) malformedXml('one of Days, Date and the marker')
  const noncurrent = one(rule, 'NoncurrentVersionExpiration')
  const earlierDays = noncurrent && (readNumber(noncurrent, 'NoncurrentDays', 1) ?? malformedXml('NoncurrentDays'))
  const keep = noncurrent && readNumber(noncurrent, 'NewerNoncurrentVersions', 1)
  const abort = one(rule, 'AbortIncompleteMultipartUpload')
  const abortDays = abort && (readNumber(abort, 'DaysAfterInitiation', 1) ?? malformedXml('DaysAfterInitiation'))
  if (!expiration && !noncurrent && !abort) invalid('At least one action needs to be specified in a rule')
  const filter = readFilter(rule)
  if (abort && (Object.keys(filter.tags).length > 0 || 'largerThan' in filter || 'smallerThan' in filter)) {
    invalid('AbortIncompleteMultipartUpload cannot be specified with Tags or sizes')
  }
  if (loneMarker && Object.keys(filter.tags).length > 0)
    invalid('ExpiredObjectDeleteMarker cannot be specified with Tags')
  return {
    ...{ id, enabled: status === 'Enabled' },
    ...filter,
    ...(days !== undefined && { days }),
    ...(date !== undefined && { date }),
    ...(loneMarker && { loneMarker }),
    ...(earlierDays !== undefined && { earlier: { days: earlierDays, ...(keep !== undefined && { keep }) } }),
    ...(abortDays !== undefined && { abortDays }),
  }
}

/** The rules of a LifecycleConfiguration document. */
export function readLifecycle(document: Buffer): readonly LifecycleRule[] {
  const rules = (readXml(document, 'LifecycleConfiguration').children['Rule'] ?? []).map(readRule)
  if (rules.length === 0 || rules.length > mostRules) malformedXml('number of rules')
  if (new Set(rules.map(({ id }) => id)).size < rules.length) {
    invalidArgument('Rule ID must be unique. Found same ID for more than one rule')
  }
  return rules
}

function writeFilter({ form, prefix, tags, largerThan, smallerThan }: LifecycleRule): { [name: string]: XmlValue } {
  if (form === 'prefix') return { Prefix: prefix }
  const parts = {
    ...(prefix !== '' && { Prefix: prefix }),
    Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ...(largerThan !== undefined && { ObjectSizeGreaterThan: largerThan }),
    ...(smallerThan !== undefined && { ObjectSizeLessThan: smallerThan }),
  }
  const count = Object.keys(parts).length - 1 + parts.Tag.length
  return { Filter: count === 0 ? { Prefix: '' } : count === 1 ? parts : { And: parts } }
}

/** The configuration as an answer's elements. */
export const writeLifecycle = (rules: readonly LifecycleRule[]): { [name: string]: XmlValue } => ({
  Rule: rules.map((rule) => ({
    ID: rule.id,
    ...writeFilter(rule),
    Status: rule.enabled ? 'Enabled' : 'Disabled',
    Expiration:
      rule.days !== undefined
        ? { Days: rule.days }
        : rule.date !== undefined
          ? { Date: new Date(rule.date).toISOString() }
          : rule.loneMarker && { ExpiredObjectDeleteMarker: true },
    NoncurrentVersionExpiration: rule.earlier && {
      NoncurrentDays: rule.earlier.days,
      NewerNoncurrentVersions: rule.earlier.keep,
    },
    AbortIncompleteMultipartUpload: rule.abortDays && { DaysAfterInitiation: rule.abortDays },
  })),
})

/** AWS: after the days the time is rounded up to the next midnight UTC. */
export const dueAfter = (from: number, days: number): number => Math.ceil((from + days * day) / day) * day

/** Whether the rule speaks of this object. */
export const covers = (rule: LifecycleRule, { name, size, about }: Pick<ObjectRow, 'name' | 'size' | 'about'>) =>
  rule.enabled &&
  name.startsWith(rule.prefix) &&
  Object.entries(rule.tags).every(([key, value]) => about.tags?.[key] === value) &&
  (rule.largerThan === undefined || size > rule.largerThan) &&
  (rule.smallerThan === undefined || size < rule.smallerThan)

/** When the latest version expires, and by which rule: the earliest that covers it. */
export function expiryOf(
  rules: readonly LifecycleRule[],
  row: Pick<ObjectRow, 'name' | 'size' | 'about' | 'modified'>,
): { readonly at: number; readonly rule: string } | undefined {
  const times = rules
    .filter((rule) => (rule.days !== undefined || rule.date !== undefined) && covers(rule, row))
    .map((rule) => ({ at: rule.date ?? dueAfter(row.modified, rule.days ?? 0), rule: rule.id }))
  return times.sort((one, other) => one.at - other.at)[0]
}
