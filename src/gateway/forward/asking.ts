/** A signed request to one of the gateway's services: who sends it, and whether they may do all that it means. */
import { decide, type Verdict, type Wanted } from '../../iam/authorize.ts'
import { deniedElsewhere } from '../../iam/other-regions.ts'
import { deniedMessage, type MessageStyle } from '../../iam/policy/message.ts'
import type { Facts } from '../../iam/request-context.ts'
import { authenticateWith } from '../../sts/authenticate.ts'
import { lazyBody } from '../../wire/body.ts'
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

/** Proves the sender, and reads the body, which the signature covers. Refuses in the words of the protocol. */
export async function readAsking(
  world: World,
  call: Call,
  { service, style, mostBytes }: { service: string; style: CallStyle; mostBytes: number },
): Promise<Asking> {
  const body = lazyBody(call, mostBytes)
  const { caller, region } = await authenticateWith(world)(call, body, service, style)
  return { world, call, caller, region, body: await body() }
}

const factsOf = ({ call, region }: Asking): Facts => ({
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

/** The decision that counts, and the resource it is about. `onePlace`: what is asked for is the same in every region. */
export async function judge(
  asking: Asking,
  wanted: Wanted,
  onePlace: boolean,
): Promise<{ readonly verdict: Verdict; readonly resource: string }> {
  const { world, caller } = asking
  const asked = { wanted, facts: factsOf(asking) }
  const counts = (onePlace && deniedElsewhere(world, caller, asked)) || asked
  return { verdict: await decide(world, caller, counts.facts, counts.wanted), resource: counts.wanted.resource }
}

/** Every one of the permissions, or the refusal of the first that is missing. */
export async function permit(
  asking: Asking,
  wanted: readonly Wanted[],
  denying: Denying,
  onePlace: boolean,
): Promise<void> {
  for (const one of wanted) {
    const { verdict, resource } = await judge(asking, one, onePlace)
    if (verdict.allowed) continue
    throw new AwsError(denying.code, deniedMessage(asking.caller.arn, one.action, resource, verdict, denying.style), {
      status: denying.status,
      explanation: verdict.explain(),
      encoded: verdict.encode(),
    })
  }
}
