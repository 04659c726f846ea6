/** Brings an event to its receiver: a function, or a queue or topic of a server behind the gateway. */
import { AwsError } from '../../wire/errors.ts'
import type { InvokeResult, UpstreamServer, World } from '../../world.ts'
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

type Receiver = NonNullable<ReturnType<typeof readTarget>>

const serverOf = ({ settings }: World, { service, name }: Pick<Receiver, 'service' | 'name'>) =>
  findUpstream(settings.upstreams, service, name.replace(/^function:([^:]*).*$/s, '$1'))

const isOurs = ({ settings }: World, { account }: Receiver, server: UpstreamServer | undefined) =>
  account === settings.account || account === server?.account

/**
 * Refuses receivers that nobody here reaches, and those that the sender may not reach himself. AWS asks the receiver's own
 * policy instead; without that question a bucket would lend anybody its way to every queue.
 */
export async function checkReceiver(request: S3Request, arn: string): Promise<void> {
  const { world } = request
  const target = readTarget(arn) ?? refuseReceiver(arn)
  const server = serverOf(world, target)
  if (target.service !== 'lambda' && !server) refuseReceiver(arn)
  if (!isOurs(world, target, server)) refuseReceiver(arn)
  await demandReceiver(request, arn, target)
}

/**
 * Of a bucket that another server keeps the receiver may be one that only that server knows. Where its ARN is of a form of
 * that server's own, such as MinIO's `arn:minio:sqs::name:webhook`, policies are asked for `name:webhook` of our account.
 */
export const checkReceiverElsewhere = (request: S3Request, arn: string): Promise<void> =>
  demandReceiver(request, arn, readAnyTarget(request.world, arn) ?? refuseReceiver(arn))

function readAnyTarget({ settings }: World, arn: string): Receiver | undefined {
  const [, partition, service = '', region = '', account = '', rest = ''] =
    /^arn:([\w-]+):(\w+):([\w-]*):([\w-]*):(.+)$/.exec(arn) ?? []
  if (!Object.hasOwn(actions, service)) return undefined
  const target = { service: service as Receiver['service'], region }
  if (partition?.startsWith('aws') && /^\d{12}$/.test(account)) return { ...target, account, name: rest }
  return { ...target, account: settings.account, name: account === '' ? rest : `${account}:${rest}` }
}

/** Policies are asked about the receiver that is meant, however its ARN is written. */
async function demandReceiver(request: S3Request, arn: string, target: Receiver): Promise<void> {
  const { world, call, caller } = request
  const { service, name, region } = target
  const server = serverOf(world, target)
  const asking = { world, call, caller, region: region || request.region, body: Buffer.alloc(0) }
  const wanted = {
    action: actions[service],
    resource: isOurs(world, target, server) ? ownArn(asking, service, name) : arn,
  }
  const onePlace = service === 'lambda' || server === undefined || isOnePlace(server)
  const { verdict, resource } = await judge(asking, wanted, onePlace)
  if (!verdict.allowed) deny(request, { action: wanted.action, resource }, verdict)
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
