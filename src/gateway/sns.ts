/** SNS in the gateway: topics of a server behind it. Publishing, and what lists and makes topics and subscriptions. */
import type { Wanted } from '../iam/authorize.ts'
import type { Keys } from '../iam/request-context.ts'
import { fail } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import { signedService } from '../wire/signed-service.ts'
import type { World } from '../world.ts'
import { ownArn, type Resource, readArn, readResource, serverArn } from './forward/arns.ts'
import type { Asking } from './forward/asking.ts'
import { answerQueryService, type Form, type QueryPlan, type QueryService } from './forward/query-service.ts'
import { formTagKeys } from './forward/tag-keys.ts'
import { findUpstream } from './forward/upstreams.ts'
import { readFunction } from './lambda/names.ts'
import { queueByArn, queueOf, wantedOf } from './sqs/names.ts'

const topicName = /^[\w-]{1,256}(?:\.fifo)?$/

/** A device is `endpoint/<platform>/<application>/<id>`. What follows a topic's name some servers leave out of account. */
const nameOf = (rest: string) => (rest.startsWith('endpoint/') ? rest.split('/')[2] : topicName.exec(rest)?.[0])

const resourceOf = (asking: Asking, arn: string): Resource =>
  nameOf(readArn(arn)?.rest ?? '') !== undefined
    ? readResource(asking, 'sns', arn, { restOf: (name) => name, nameOf })
    : fail('InvalidParameter', 'Invalid parameter: TopicArn', { status: 400 })

/** The parameters of which one names what an action is about. */
export const actions: Readonly<Record<string, readonly string[]>> = {
  Publish: ['TopicArn', 'TargetArn', 'PhoneNumber'],
  PublishBatch: ['TopicArn'],
  CreateTopic: ['Name'],
  DeleteTopic: ['TopicArn'],
  GetTopicAttributes: ['TopicArn'],
  SetTopicAttributes: ['TopicArn'],
  ListTopics: [],
  Subscribe: ['TopicArn'],
  ConfirmSubscription: ['TopicArn'],
  ListSubscriptionsByTopic: ['TopicArn'],
}

/** A batch is published by the permission to publish. */
const permissionOf = (action: string) => `sns:${action === 'PublishBatch' ? 'Publish' : action}`

/** AWS: Service Authorization Reference, "Amazon SNS", condition keys. */
const keysOf = (form: Form): Keys => ({
  ...formTagKeys(form),
  ...Object.fromEntries(
    ['Protocol', 'Endpoint'].flatMap((name) => (form.has(name) ? [[`sns:${name}`, form.get(name) ?? '']] : [])),
  ),
})

/** AWS: SNS API Reference, Subscribe, Protocol. */
const protocols = new Set(['http', 'https', 'email', 'email-json', 'sms', 'sqs', 'application', 'lambda', 'firehose'])

/**
 * What a subscriber must be allowed to do himself. AWS asks the receiver's own policy instead; the server behind delivers
 * with its own rights, and a topic would lend anybody its way to every queue.
 */
function wantedOfReceiver(asking: Asking, form: Form): readonly Wanted[] {
  const [protocol, endpoint] = [form.get('Protocol') ?? '', form.get('Endpoint') ?? '']
  if (!protocols.has(protocol)) {
    const rule = 'Invalid parameter: Amazon SNS does not support this protocol string: '
    return fail('InvalidParameter', `${rule}${protocol.slice(0, 80)}`, { status: 400 })
  }
  if (protocol === 'sqs')
    return [
      wantedOf('SendMessage', endpoint.startsWith('arn:') ? queueByArn(asking, endpoint) : queueOf(asking, endpoint)),
    ]
  if (protocol !== 'lambda') return []
  const { arn, account } = readFunction(asking, endpoint, undefined)
  return [{ action: 'lambda:InvokeFunction', resource: arn, resourceAccount: account }]
}

const invalidName = (): never => fail('InvalidParameter', 'Invalid parameter: Topic Name', { status: 400 })

function plan(asking: Asking, action: string, form: Form): QueryPlan {
  const parameters = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (!parameters) return fail('InvalidAction', `Poolhouse does not have sns:${action}.`, { status: 400 })
  const { upstreams } = asking.world.settings
  const given = parameters.filter((name) => form.has(name))
  const [parameter] = given
  const permission = permissionOf(action)
  if (parameters.length === 0 || parameter === 'PhoneNumber') {
    // unproved: which resource a phone number is to policies; `*`, as AWS's example policies have it.
    if (given.length > 1)
      fail('InvalidParameter', 'Invalid parameter: PhoneNumber Reason: one target only', { status: 400 })
    return { wanted: [{ action: permission, resource: '*' }], server: findUpstream(upstreams, 'sns', undefined), form }
  }
  if (parameter === undefined || given.length > 1) {
    return fail('InvalidParameter', `Invalid parameter: ${parameters.join(' or ')} is needed`, { status: 400 })
  }
  const value = form.get(parameter) ?? ''
  if (parameter === 'Name' && !topicName.test(value)) invalidName()
  const resource: Resource =
    parameter === 'Name'
      ? {
          ...{ name: value, arn: ownArn(asking, 'sns', value), account: asking.world.settings.account },
          server: findUpstream(upstreams, 'sns', value),
        }
      : resourceOf(asking, value)
  return {
    wanted: [
      { action: permission, resource: resource.arn, resourceAccount: resource.account, more: keysOf(form) },
      ...(action === 'Subscribe' ? wantedOfReceiver(asking, form) : []),
    ],
    server: resource.server,
    form: parameter === 'Name' ? form : new Map(form).set(parameter, serverArn(asking, 'sns', resource)),
  }
}

const sns: QueryService = {
  service: 'sns',
  mostBytes: 4 * 1024 * 1024,
  denying: { code: 'AuthorizationError', status: 403 },
  plan,
}

export { refuseQueryService as refuseSns } from './forward/query-service.ts'

export const isSnsCall = (call: Call): boolean =>
  call.headers['x-amz-target'] === undefined && signedService(call) === 'sns'

export const answerSns = (world: World, call: Call, note: (operation: string) => void): Promise<Answer> =>
  answerQueryService(sns, world, call, note)
