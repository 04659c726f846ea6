/** Brings an event to its receiver: a function, or a queue or topic of a server behind the gateway. */
import { AwsError } from '../../wire/errors.ts'
import type { InvokeResult, World } from '../../world.ts'
import { ownArn } from '../forward/arns.ts'
import { isOnePlace, judge } from '../forward/asking.ts'
import { pass, readAnswer } from '../forward/pass.ts'
import { endpointOf, findUpstream } from '../forward/upstreams.ts'
import { readTarget } from './notifications.ts'
import { deny } from './permission.ts'
import { invalidArgument } from './refusals.ts'
import type { S3Request } from './request.ts'

const longestCall = 60_000
/** Of what a queue or topic answers. */
const mostBytes = 65_536

/** What the sender of a configuration must be allowed to do himself. */
const actions = { lambda: 'lambda:InvokeFunction', sqs: 'sqs:SendMessage', sns: 'sns:Publish' } as const

/**
 * Refuses receivers that nobody here reaches, and those that the sender may not reach himself. AWS asks the receiver's own
 * policy instead; without that question a bucket would lend anybody its way to every queue. Policies are asked about the
 * receiver that is meant, however its ARN is written.
 */
export async function checkReceiver(request: S3Request, arn: string): Promise<void> {
  const { world, call, caller } = request
  const { settings } = world
  const target = readTarget(arn) ?? refuseReceiver(arn)
  const { service, region, account, name } = target
  const server = findUpstream(settings.upstreams, service, name.replace(/^function:/, ''))
  if (service !== 'lambda' && !server) refuseReceiver(arn)
  if (account !== settings.account && account !== server?.account) refuseReceiver(arn)
  const action = actions[service]
  const asking = { world, call, caller, region, body: Buffer.alloc(0) }
  const wanted = { action, resource: ownArn(asking, service, name) }
  const onePlace = service === 'lambda' || server === undefined || isOnePlace(server)
  const { verdict, resource } = await judge(asking, wanted, onePlace)
  if (!verdict.allowed) deny(request, { action, resource }, verdict)
}

const refuseReceiver = (arn: string): never =>
  invalidArgument(
    'Unable to validate the following destination configurations',
    arn,
    'The destination queue or topic does not exist',
  )

/** Sends; as with a function, what went wrong is the outcome. */
export async function tell(world: World, arn: string, id: string, payload: string): Promise<InvokeResult> {
  const target = readTarget(arn)
  if (!target) return { outcome: 'unavailable', reason: 'InvalidArgument', detail: arn }
  const { service, region, name } = target
  if (service === 'lambda') return world.invoke(arn, payload, { timeoutMs: longestCall, requestId: id })
  const server = findUpstream(world.settings.upstreams, service, name)
  if (!server) return { outcome: 'unavailable', reason: 'ResourceNotFoundException', detail: `no server for ${arn}` }
  const account = server.account ?? world.settings.account
  const sent =
    service === 'sqs'
      ? toQueue(`${endpointOf(server, 'sqs', region)}/${account}/${name}`, payload)
      : toTopic(`arn:aws:sns:${server.region ?? region}:${account}:${name}`, payload)
  try {
    const incoming = await pass(world, { server, service, region }, { method: 'POST', path: '/', ...sent })
    const { statusCode } = incoming
    const answer = (await readAnswer(incoming, mostBytes)).toString()
    if (statusCode === 200) return { outcome: 'answered', payload: answer }
    return { outcome: 'unavailable', reason: `${statusCode}`, detail: answer.slice(0, 200) }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { outcome: 'unavailable', reason: error.code, detail: error.detail ?? error.message }
  }
}

const toQueue = (QueueUrl: string, MessageBody: string) => ({
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
  body: Buffer.from(JSON.stringify({ QueueUrl, MessageBody })),
})

const toTopic = (TopicArn: string, Message: string) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  body: Buffer.from(
    new URLSearchParams({
      ...{ Action: 'Publish', Version: '2010-03-31', TopicArn, Subject: 'Amazon S3 Notification', Message },
    }).toString(),
  ),
})
