/** A signed request to one of the gateway's services: who sends it, and whether they may do all that it means. */
import { decide, isForbidden, type Wanted } from '../../iam/authorize.ts'
import { deniedMessage, type MessageStyle } from '../../iam/policy/message.ts'
import type { Facts } from '../../iam/request-context.ts'
import { authenticateWith } from '../../sts/authenticate.ts'
import { readBody } from '../../wire/body.ts'
import type { Caller } from '../../wire/caller.ts'
import { AwsError } from '../../wire/errors.ts'
import type { Call } from '../../wire/http.ts'
import type { CallStyle } from '../../wire/service.ts'
import type { UpstreamServer, World } from '../../world.ts'

export type Asking = {
  readonly world: World
  readonly call: Call
  readonly caller: Caller
  readonly region: string
  readonly body: Buffer
}

/** Reads the body, which the signature covers, and proves the sender. Refuses in the words of the protocol. */
export async function readAsking(
  world: World,
  call: Call,
  { service, style, mostBytes }: { service: string; style: CallStyle; mostBytes: number },
): Promise<Asking> {
  const body = await readBody(call, mostBytes)
  const { caller, region } = await authenticateWith(world)(call, body, service, style)
  return { world, call, caller, region, body }
}

export const factsOf = ({ call, region }: Asking): Facts => ({
  region,
  address: call.address,
  secure: call.secure,
  userAgent: call.headers['user-agent'] ?? '',
  referer: call.headers['referer'],
  requestId: call.id,
})

/** How a service says no. */
export type Denying = { readonly code: string; readonly status: number; readonly style?: MessageStyle }

/** Whether a server is the same for every region that a request may be signed for. AWS itself is not, unless one is set. */
export const isOnePlace = ({ endpoint, region }: UpstreamServer): boolean => endpoint !== 'aws' || region !== undefined

/** The same, asked in our own region; undefined where it was. */
function atHome({ world, region }: Asking, wanted: Wanted): Wanted | undefined {
  const own = world.settings.region
  const [arn, partition, service, where, ...rest] = wanted.resource.split(':')
  return region === own || where !== region
    ? undefined
    : { ...wanted, resource: [arn, partition, service, own, ...rest].join(':') }
}

/** What is one thing under the ARNs of all regions must not be had by signing for a region of which no policy speaks. */
export function isForbiddenAtHome(asking: Asking, wanted: Wanted): boolean {
  const { world, caller } = asking
  const home = atHome(asking, wanted)
  return home !== undefined && isForbidden(world, caller, { ...factsOf(asking), region: world.settings.region }, home)
}

/** Every one of the permissions, or the refusal of the first that is missing. `onePlace`: what is asked for is the same in every region. */
export async function permit(
  asking: Asking,
  wanted: readonly Wanted[],
  denying: Denying,
  onePlace: boolean,
): Promise<void> {
  const { world, caller } = asking
  for (const one of wanted) {
    const home = onePlace && isForbiddenAtHome(asking, one) ? atHome(asking, one) : undefined
    const verdict = await decide(world, caller, factsOf(asking), home ?? one)
    if (verdict.allowed && home === undefined) continue
    const message = deniedMessage(caller.arn, one.action, (home ?? one).resource, verdict, denying.style)
    throw new AwsError(denying.code, message, {
      status: denying.status,
      explanation: verdict.explain(),
      encoded: verdict.encode(),
    })
  }
}
