/** Queues by their URLs and ARNs: ours for clients and policies, the other server's on the way out. AWS: SQS Developer Guide, "Queue and message identifiers". */
import type { Wanted } from '../../iam/authorize.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { ownArn, type Resource, readResource } from '../forward/arns.ts'
import type { Asking } from '../forward/asking.ts'
import { endpointOf, findUpstream } from '../forward/upstreams.ts'

const queueName = /^[A-Za-z0-9_-]{1,75}(?:\.fifo)?$/

/** The last two segments of a queue's URL, whatever stands before them. */
export function readQueueUrl(url: string): { account: string; name: string } | undefined {
  const [, account, name] = /(?:^|\/)(\w+)\/([^/?#]+)\/?$/.exec(url) ?? []
  return account !== undefined && name !== undefined && queueName.test(name) ? { account, name } : undefined
}

const unknownQueue = (): never => fail('QueueDoesNotExist', 'The specified queue does not exist.', { status: 400 })

/** The queue of a URL in our account, in that of the server behind it, or in somebody else's. */
export function queueOf(asking: Asking, url: string | undefined): Resource {
  const read = readQueueUrl(url ?? '') ?? unknownQueue()
  const queue = namedQueue(asking, read.name)
  const ours = [asking.world.settings.account, queue.server?.account, 'queue', '000000000000']
  if (ours.includes(read.account)) return queue
  const arn = `arn:aws:sqs:${asking.region}:${read.account}:${read.name}`
  return { ...queue, arn, account: read.account }
}

export function namedQueue(asking: Asking, name: string | undefined): Resource {
  if (name === undefined || !queueName.test(name)) {
    const rule = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length'
    return fail('InvalidParameterValue', rule, { status: 400 })
  }
  const { settings } = asking.world
  return {
    name,
    arn: ownArn(asking, 'sqs', name),
    account: settings.account,
    server: findUpstream(settings.upstreams, 'sqs', name),
  }
}

export const queueByArn = (asking: Asking, arn: string): Resource =>
  readResource(asking, 'sqs', arn, { restOf: (name) => name, nameOf: (rest) => rest })

/** The path of a queue at the server behind it. */
export const serverPath = ({ world }: Asking, { name, server }: Resource): string =>
  `/${server?.account ?? world.settings.account}/${name}`

export const serverUrl = (asking: Asking, queue: Resource): string =>
  queue.server ? `${endpointOf(queue.server, 'sqs', asking.region)}${serverPath(asking, queue)}` : ''

/** A queue's URL as our clients see it, made of the one that a server behind answered. */
export function ownUrl({ settings }: Pick<World, 'settings'>, theirs: string): string {
  const name = readQueueUrl(theirs)?.name
  return name === undefined ? theirs : `${settings.publicUrl}/${settings.account}/${name}`
}

/** Batches need the permission of the single operation. */
const batches: Readonly<Record<string, string>> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
}

export const actionOf = (operation: string): string => `sqs:${batches[operation] ?? operation}`

export const wantedOf = (operation: string, { arn, account }: Resource): Wanted => ({
  action: actionOf(operation),
  resource: arn,
  resourceAccount: account,
})

/** What a request names its queue by. */
export const operations: Readonly<Record<string, 'url' | 'name' | 'prefix' | 'source'>> = {
  ...Object.fromEntries(
    [
      ...['AddPermission', 'RemovePermission', 'PurgeQueue', 'DeleteQueue', 'GetQueueAttributes', 'SetQueueAttributes'],
      ...['SendMessage', 'SendMessageBatch', 'ReceiveMessage', 'DeleteMessage', 'DeleteMessageBatch'],
      ...['ChangeMessageVisibility', 'ChangeMessageVisibilityBatch', 'ListDeadLetterSourceQueues'],
      ...['TagQueue', 'UntagQueue', 'ListQueueTags'],
    ].map((name) => [name, 'url' as const]),
  ),
  CreateQueue: 'name',
  GetQueueUrl: 'name',
  ListQueues: 'prefix',
  ListMessageMoveTasks: 'source',
}
