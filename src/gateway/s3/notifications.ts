/** Notifications of a bucket: how a configuration is written, and who is told of a change. AWS: S3 User Guide, "Amazon S3 Event Notifications". */
import { fail } from '../../wire/errors.ts'
import type { XmlValue } from '../../wire/xml.ts'
import { invalidArgument } from './refusals.ts'
import { malformedXml, readXml, textOf, textsOf, type XmlNode } from './xml-body.ts'

export type Notification = {
  readonly id: string
  /** The ARN of a function, a queue or a topic. */
  readonly target: string
  /** `s3:ObjectCreated:*`. */
  readonly events: readonly string[]
  readonly prefix?: string
  readonly suffix?: string
}

/** What can happen here; `:*` of each group is all of it. */
const eventNames = [
  'ObjectCreated:Put',
  'ObjectCreated:Post',
  'ObjectCreated:Copy',
  'ObjectCreated:CompleteMultipartUpload',
  'ObjectRemoved:Delete',
  'ObjectRemoved:DeleteMarkerCreated',
  'LifecycleExpiration:Delete',
  'LifecycleExpiration:DeleteMarkerCreated',
  'ObjectTagging:Put',
  'ObjectTagging:Delete',
] as const

export type EventName = (typeof eventNames)[number]

const groups = new Set(eventNames.map((name) => `${name.split(':')[0]}:*`))
/** Events of AWS that never happen here: subscribing to them is no mistake. */
const silent =
  /^(?:ReducedRedundancyLostObject|ObjectRestore:|Replication:|LifecycleTransition|IntelligentTiering|ObjectAcl:)/

const mostNotifications = 100

function readEvent(event: string): string {
  const name = event.trim().replace(/^s3:/, '')
  const known = (eventNames as readonly string[]).includes(name) || groups.has(name) || silent.test(name)
  if (event.trim().startsWith('s3:') && known) return event.trim()
  return invalidArgument('The event is not supported for notifications', 'Event', event)
}

function readFilter(node: XmlNode): Pick<Notification, 'prefix' | 'suffix'> {
  const rules = (node.children['Filter'] ?? []).flatMap((filter) =>
    (filter.children['S3Key'] ?? []).flatMap((key) => key.children['FilterRule'] ?? []),
  )
  const found: { prefix?: string; suffix?: string } = {}
  for (const rule of rules) {
    const name = (textOf(rule, 'Name') ?? '').trim().toLowerCase()
    if (name !== 'prefix' && name !== 'suffix') {
      return invalidArgument('filter rule name must be either prefix or suffix', 'FilterRule.Name', name)
    }
    if (found[name] !== undefined)
      return invalidArgument(`Cannot specify more than one ${name} rule in a filter.`, 'FilterRule.Name', name)
    found[name] = textOf(rule, 'Value') ?? ''
  }
  return found
}

/** Where events go, by the element that names the kind. Queues and topics in order of arrival are not for events. */
const kinds = {
  TopicConfiguration: { arn: 'Topic', service: 'sns', rest: /^[\w-]{1,256}$/ },
  QueueConfiguration: { arn: 'Queue', service: 'sqs', rest: /^[\w-]{1,80}$/ },
  CloudFunctionConfiguration: { arn: 'CloudFunction', service: 'lambda', rest: /^function:[\w:$-]+$/ },
} as const

export type TargetService = (typeof kinds)[keyof typeof kinds]['service']

/** The parts of a receiver's ARN; undefined for what is none. */
export function readTarget(
  arn: string,
): { service: TargetService; region: string; account: string; name: string } | undefined {
  const [, service, region = '', account = '', rest = ''] =
    /^arn:aws[\w-]*:(\w+):([a-z0-9-]+):(\d{12}):(.+)$/.exec(arn) ?? []
  const kind = Object.values(kinds).find((kind) => kind.service === service)
  return kind?.rest.test(rest) ? { service: kind.service, region, account, name: rest } : undefined
}

/** Every receiver that a NotificationConfiguration document names, whatever server it is for and however that spells ARNs. */
export function readReceivers(document: Buffer): ReadonlySet<string> {
  const { EventBridgeConfiguration: _, ...kinds } = readXml(document, 'NotificationConfiguration').children
  const parts = Object.values(kinds).flatMap((nodes) => nodes.flatMap(({ children }) => Object.values(children).flat()))
  return new Set(parts.flatMap(({ text }) => (text.trim().startsWith('arn:') ? [text.trim()] : [])))
}

/** The notifications of a NotificationConfiguration document. */
export function readNotifications(document: Buffer): readonly Notification[] {
  const root = readXml(document, 'NotificationConfiguration')
  if (root.children['EventBridgeConfiguration']) {
    fail('NotImplemented', 'EventBridgeConfiguration is not implemented: there are no event buses.', { status: 501 })
  }
  const found = Object.entries(kinds).flatMap(([element, { arn, service }]) =>
    (root.children[element] ?? []).map((node, index): Notification => {
      const target = (textOf(node, arn) ?? malformedXml(arn)).trim()
      if (readTarget(target)?.service !== service) return invalidArgument('The ARN could not be parsed', arn, target)
      const events = textsOf(node, 'Event').map(readEvent)
      if (events.length === 0) malformedXml('no Event')
      return { id: textOf(node, 'Id') || `${service}-${index + 1}`, target, events, ...readFilter(node) }
    }),
  )
  if (found.length > mostNotifications) malformedXml('number of configurations')
  if (new Set(found.map(({ id }) => id)).size < found.length) {
    return invalidArgument('Same ID used for multiple configurations. IDs must be unique', 'Id', '')
  }
  return found
}

/** The configuration as an answer's elements. */
export const writeNotifications = (notifications: readonly Notification[]): { [name: string]: XmlValue } =>
  Object.fromEntries(
    Object.entries(kinds).map(([element, { arn, service }]) => [
      element,
      notifications
        .filter(({ target }) => readTarget(target)?.service === service)
        .map(({ id, target, events, prefix, suffix }) => ({
          ...{ Id: id, [arn]: target, Event: [...events] },
          Filter: writeFilter(prefix, suffix),
        })),
    ]),
  )

const writeFilter = (prefix?: string, suffix?: string): XmlValue =>
  prefix === undefined && suffix === undefined
    ? undefined
    : {
        S3Key: {
          FilterRule: Object.entries({ Prefix: prefix, Suffix: suffix }).flatMap(([Name, Value]) =>
            Value === undefined ? [] : [{ Name, Value }],
          ),
        },
      }

/** Who is told that this happened to the key. */
export const whoListens = (notifications: readonly Notification[], event: EventName, key: string) =>
  notifications.filter(
    ({ events, prefix = '', suffix = '' }) =>
      key.startsWith(prefix) &&
      key.endsWith(suffix) &&
      events.some((one) => one === `s3:${event}` || one === `s3:${event.split(':')[0]}:*`),
  )
