/**
 * The first sign-in of a user who has just signed up: SignUp gives a Session, ConfirmSignUp another for it, and that one
 * signs in where a code to the same address would. AWS: Developer Guide, "Automatic sign-in after sign-up".
 */
import type { World } from '../../world.ts'
import { allowsFlow, type Client } from '../clients/client.ts'
import { checkSecretHash } from '../clients/secret-hash.ts'
import type { Channel } from '../messages/channel.ts'
import { firstFactorsOf } from '../mfa/first-factors.ts'
import type { Pool } from '../pools/pool.ts'
import { userBySub } from '../users/find.ts'
import { refuseState } from './admission.ts'
import { askBeforeSignIn } from './functions.ts'
import type { Given } from './progress.ts'
import { burn, refuseForeign } from './session.ts'
import { firstProofs } from './step-up.ts'
import { patienceOf, type Turn, type Verdict } from './turn.ts'

type Place = { readonly world: World; readonly pool: Pool; readonly client: Client }

type Ticket = {
  /** Random: what a second use is known by. */
  readonly id: string
  readonly stage: 'signed-up' | 'confirmed'
  readonly poolId: string
  readonly clientId: string
  readonly sub: string
  /** Where the code of the confirmation went. */
  readonly channel?: Channel
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

const purpose = 'sign-up-session'

function seal({ world, pool, client }: Place, ticket: Pick<Ticket, 'stage' | 'sub' | 'channel'>): string {
  const sealed: Ticket = {
    ...ticket,
    ...{ poolId: pool.id, clientId: client.id },
    id: world.random(16).toString('base64url'),
    expiresAt: world.now() + patienceOf(client),
  }
  return world.seal.seal(purpose, JSON.stringify(sealed), pool.id)
}

function open({ world, pool, client }: Place, session: string, stage: Ticket['stage']): Ticket | undefined {
  const plain = world.seal.open(purpose, session, pool.id)
  const ticket = plain && (JSON.parse(plain.toString()) as Ticket)
  return ticket && ticket.stage === stage && ticket.clientId === client.id ? ticket : undefined
}

/** The Session of SignUp; none where the client cannot sign in with it. */
export const sessionOfSignUp = (place: Place, sub: string): { Session: string } | undefined =>
  allowsFlow(place.client, 'ALLOW_USER_AUTH') ? { Session: seal(place, { stage: 'signed-up', sub }) } : undefined

/**
 * The Session of ConfirmSignUp. That of the same user's SignUp may come with the code; one too old, or another's, gives none
 * and hinders nothing: the code was right. unproved: that none need come, which Amplify's autoSignIn rests on; it keeps the
 * answer of ConfirmSignUp and sends it nothing but the code, which proves what a one-time code would.
 */
export function sessionOfConfirmation(
  place: Place,
  sub: string,
  session: string | undefined,
  channel: Channel,
): { Session: string } | undefined {
  if (!allowsFlow(place.client, 'ALLOW_USER_AUTH')) return undefined
  if (session !== undefined) {
    const ticket = open(place, session, 'signed-up')
    if (ticket?.sub !== sub || ticket.expiresAt <= place.world.now()) return undefined
  }
  return { Session: seal(place, { stage: 'confirmed', sub, channel }) }
}

const codeTo = { email: 'EMAIL_OTP', phone_number: 'SMS_OTP' } as const

/** USER_AUTH with the Session of ConfirmSignUp: once. Whoever may not begin with a code to that address is asked. */
export async function startAfterSignUp(turn: Turn, given: Given, session: string): Promise<Verdict> {
  const { world, pool, client, family } = turn
  const ticket = (family === 'public' && open(turn, session, 'confirmed')) || refuseForeign()
  const user = (await userBySub(world, pool, ticket.sub)) ?? refuseForeign()
  checkSecretHash(client, given['USERNAME'] ?? user.username, given['SECRET_HASH'])
  await burn(turn, ticket.id, ticket.sub, 'SIGN_UP', ticket.expiresAt)
  refuseState(user)
  const offered = await firstFactorsOf(world, pool, user)
  if (ticket.channel && offered.includes(codeTo[ticket.channel])) {
    await askBeforeSignIn(turn, user.username, user)
    return { passed: user, progress: { clean: false, proved: [firstProofs[codeTo[ticket.channel]]] } }
  }
  return {
    ask: {
      challenge: 'SELECT_CHALLENGE',
      parameters: {},
      available: offered,
      sub: user.sub,
      progress: { clean: false },
    },
  }
}
