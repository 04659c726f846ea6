/** SQS in AWS's JSON protocol, as SDKs speak it since 2023. */
import { type AwsError, fail } from '../../wire/errors.ts'
import { serverArn } from '../forward/arns.ts'
import type { Asking } from '../forward/asking.ts'
import type { Input, JsonService, Plan } from '../forward/json-service.ts'
import { tagKeys } from '../forward/tag-keys.ts'
import { findUpstream } from '../forward/upstreams.ts'
import { namedQueue, operations, ownUrl, queueByArn, queueOf, serverUrl, wantedOf } from './names.ts'

const text = (input: Input, member: string): string | undefined =>
  typeof input[member] === 'string' ? input[member] : undefined

/** AWS writes them small where a queue is made, large elsewhere. */
const tagsOf = (input: Input) => tagKeys(input['tags'], input['Tags'], input['TagKeys'])

type Output = Record<string, unknown>

const listOf = (world: Asking['world'], output: Output, member: string): Output => {
  const urls = output[member]
  return Array.isArray(urls) ? { [member]: urls.map((url) => ownUrl(world, String(url))) } : {}
}

/** URLs of an answer lead to us. */
const ownUrls =
  ({ world }: Asking) =>
  (output: Output): Output => ({
    ...output,
    ...(typeof output['QueueUrl'] === 'string' && { QueueUrl: ownUrl(world, output['QueueUrl']) }),
    ...listOf(world, output, 'QueueUrls'),
    ...listOf(world, output, 'queueUrls'),
  })

function plan(asking: Asking, operation: string, input: Input): Plan {
  const by = Object.hasOwn(operations, operation) ? operations[operation] : undefined
  const rewrite = ownUrls(asking)
  if (by === 'prefix') {
    const server = findUpstream(asking.world.settings.upstreams, 'sqs', text(input, 'QueueNamePrefix'))
    const any = findUpstream(asking.world.settings.upstreams, 'sqs', undefined)
    return { wanted: [{ action: 'sqs:ListQueues', resource: '*' }], server: server ?? any, input, rewrite }
  }
  if (by === 'source') {
    const queue = queueByArn(asking, text(input, 'SourceArn') ?? '')
    const sent = { ...input, SourceArn: serverArn(asking, 'sqs', queue) }
    return { wanted: [wantedOf(operation, queue)], server: queue.server, input: sent }
  }
  if (by === 'name') {
    const queue = namedQueue(asking, text(input, 'QueueName'))
    const { QueueOwnerAWSAccountId: _, ...sent } = input
    const owner = text(input, 'QueueOwnerAWSAccountId')
    const account = owner === undefined || owner === queue.server?.account ? queue.account : owner
    const arn = queue.arn.replace(/^((?:[^:]*:){4})\d*/, `$1${account}`)
    const wanted = { ...wantedOf(operation, { ...queue, arn, account }), more: tagsOf(input) }
    return { wanted: [wanted], server: queue.server, input: sent, rewrite }
  }
  if (by === undefined) return fail('InvalidAction', `Poolhouse does not have sqs:${operation}.`, { status: 400 })
  const queue = queueOf(asking, text(input, 'QueueUrl'))
  const wanted = { ...wantedOf(operation, queue), more: tagsOf(input) }
  return { wanted: [wanted], server: queue.server, input: { ...input, QueueUrl: serverUrl(asking, queue) }, rewrite }
}

/** The names that the codes had before JSON, which SDKs read. */
const oldNames: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
}

export const sqsJson: JsonService = {
  service: 'sqs',
  contentType: 'application/x-amz-json-1.0',
  // AWS: "Amazon SQS quotas", a message of one mebibyte, in JSON.
  mostBytes: 8 * 1024 * 1024,
  denying: { code: 'AccessDeniedException', status: 403, style: 'sqs' },
  decisive: [
    ...['QueueUrl', 'QueueName', 'QueueNamePrefix', 'QueueOwnerAWSAccountId', 'SourceArn'],
    ...['tags', 'Tags', 'TagKeys'],
  ],
  // unproved: which prefix SQS gives to refusals that are not its own.
  typeOf: (code) => (code === 'QueueDoesNotExist' ? `com.amazonaws.sqs#${code}` : `com.amazon.coral.service#${code}`),
  headersOf: ({ code, status = 400 }: AwsError) => ({
    'x-amzn-query-error': `${oldNames[code] ?? code};${status < 500 ? 'Sender' : 'Receiver'}`,
  }),
  plan,
}
