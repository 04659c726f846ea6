/** How a device is reached: by SNS or what speaks its Query protocol, or by somebody's address. AWS: SNS API Reference. */
import { postToAws } from '../../outbound/aws.ts'
import { postSigned } from '../../outbound/signed-post.ts'
import { fail } from '../../wire/errors.ts'
import type { AwsDestination, World } from '../../world.ts'

/** What is remembered of a device, sealed. */
export type PushTarget = {
  readonly applicationArn: string
  readonly platform: string
  readonly token: string
  /** SNS's name for it. */
  readonly endpointArn?: string
}

export const targetPurpose = 'sync-push-target'

const askSns = (world: World, sns: AwsDestination, region: string, parameters: Record<string, string>) =>
  postToAws(world, sns, {
    ...{ service: 'sns', region },
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams({ ...parameters, Version: '2010-03-31' }).toString(),
  })

/** Makes the device known to whoever delivers. Refuses what is not set up for its platform. unproved: the sentences. */
export async function registerTarget(
  world: World,
  region: string,
  applicationArns: readonly string[],
  platform: string,
  token: string,
): Promise<PushTarget> {
  const applicationArn = applicationArns.find((arn) => arn.split(':').at(-1)?.split('/')[1] === platform)
  const { push } = world.settings.sync
  if (applicationArn === undefined || !push)
    return fail('InvalidConfigurationException', `The identity pool is not configured for push sync with ${platform}.`)
  const target = { applicationArn, platform, token }
  if (push.kind === 'http') return target
  const parameters = { Action: 'CreatePlatformEndpoint', PlatformApplicationArn: applicationArn, Token: token }
  const answer = await askSns(world, push, region, parameters).catch((error: Error) => error)
  const text = answer instanceof Error ? '' : answer.body.toString()
  const endpointArn = /<EndpointArn>([^<]{1,512})<\/EndpointArn>/.exec(text)?.[1]
  if (endpointArn === undefined) {
    world.log.warn({ applicationArn, answer: answer instanceof Error ? answer.message : answer.status }, 'no endpoint')
    return fail('InvalidConfigurationException', 'The device could not be registered with the push service.')
  }
  return { ...target, endpointArn }
}

/** SNS wants the form of each platform; the message sits under `data`. */
function platformMessage(platform: string, message: object): string {
  const own = platform.startsWith('APNS')
    ? { aps: { 'content-available': 1 }, data: message }
    : { data: platform === 'GCM' ? message : textsOf(message) }
  return JSON.stringify({ default: JSON.stringify(message), [platform]: JSON.stringify(own) })
}

/** ADM takes texts only. */
const textsOf = (message: object) =>
  Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)]))

/** Once: a notification that is late says nothing that the next synchronisation does not. Never rejects. */
export async function deliverPush(world: World, region: string, target: PushTarget, message: object): Promise<string> {
  const { push } = world.settings.sync
  if (!push) return 'push is not in the setting --sync any more'
  const { applicationArn, platform, token, endpointArn = '' } = target
  const asked =
    push.kind === 'http'
      ? postSigned(world, push, JSON.stringify({ applicationArn, platform, token, message }), {})
      : askSns(world, push, region, {
          Action: 'Publish',
          TargetArn: endpointArn,
          MessageStructure: 'json',
          Message: platformMessage(platform, message),
        })
  const answer = await asked.catch((error: Error) => error)
  if (answer instanceof Error) return answer.message
  return answer.status >= 200 && answer.status < 300 ? 'delivered' : `answered ${answer.status}`
}
