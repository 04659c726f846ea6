/** A signed request to one of the gateway's services: who sends it, and whether they may do all that it means. */
import { decide, type Wanted } from '../../iam/authorize.ts'
import { deniedMessage, type MessageStyle } from '../../iam/policy/message.ts'
import type { Facts } from '../../iam/request-context.ts'
import { authenticateWith } from '../../sts/authenticate.ts'
import { readBody } from '../../wire/body.ts'
import type { Caller } from '../../wire/caller.ts'
import { AwsError } from '../../wire/errors.ts'
import type { Call } from '../../wire/http.ts'
import type { CallStyle } from '../../wire/service.ts'
import type { World } from '../../world.ts'

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

/** Every one of the permissions, or the refusal of the first that is missing. */
export async function permit(asking: Asking, wanted: readonly Wanted[], denying: Denying): Promise<void> {
  const { world, caller } = asking
  for (const one of wanted) {
    const verdict = await decide(world, caller, factsOf(asking), one)
    if (verdict.allowed) continue
    const message = deniedMessage(caller.arn, one.action, one.resource, verdict, denying.style)
    throw new AwsError(denying.code, message, {
      status: denying.status,
      explanation: verdict.explain(),
      encoded: verdict.encode(),
    })
  }
}
