/**
 * The Session of MFA_SETUP. It carries its own state, sealed: AssociateSoftwareToken and VerifySoftwareToken name neither
 * pool nor client nor user. Each step has a Session of its own, and none serves for another step.
 */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { requireClient } from '../clients/find.ts'
import { unknownOrigin } from '../risk/event.ts'
import { userBySub } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { refuseState } from './admission.ts'
import type { Progress } from './progress.ts'
import { burn, refuseForeign, refuseReplaced } from './session.ts'
import { patienceOf, type Turn } from './turn.ts'

/** asked: the sign-in wants a factor; associated: the seed is out; verified: its first code was right. */
type Stage = 'asked' | 'associated' | 'verified'

export type SetUp = {
  /** Random: what a second use is known by. */
  readonly id: string
  readonly stage: Stage
  readonly poolId: string
  readonly clientId: string
  readonly family: Turn['family']
  readonly sub: string
  readonly progress: Progress
  /** Of the app under way, in hex. */
  readonly seed?: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

const purpose = 'mfa-set-up-session'

/** The Session of the next step, with a life of its own. */
export function sealSetUp(turn: Turn, setUp: Pick<SetUp, 'stage' | 'sub' | 'progress' | 'seed'>): string {
  const { world, pool, client, family } = turn
  const { stage, sub, progress, seed } = setUp
  const sealed: SetUp = {
    ...{ stage, sub, progress, family, poolId: pool.id, clientId: client.id },
    ...(seed !== undefined && { seed }),
    id: world.random(16).toString('base64url'),
    expiresAt: world.now() + patienceOf(client),
  }
  return world.seal.seal(purpose, JSON.stringify(sealed))
}

/** The step that a Session stands for, if it is one of these; refuses others. */
export function openSetUp(world: World, session: string, stages: readonly Stage[]): SetUp {
  const plain = world.seal.open(purpose, session)
  const setUp = plain ? (JSON.parse(plain.toString()) as SetUp) : refuseForeign()
  if (!stages.includes(setUp.stage)) refuseForeign()
  if (setUp.expiresAt <= world.now()) {
    fail('NotAuthorizedException', 'Invalid session for the user, session is expired.')
  }
  return setUp
}

/** The sign-in that the step belongs to, as things are now. */
export async function turnOf(world: World, setUp: SetUp): Promise<{ turn: Turn; user: User }> {
  const { pool, client } = await requireClient(world, setUp.clientId)
  const user = (await userBySub(world, pool, setUp.sub)) ?? refuseForeign()
  if (pool.id !== setUp.poolId) refuseForeign()
  refuseReplaced(user, setUp.progress)
  refuseState(user)
  return {
    turn: { world, pool, client, family: setUp.family, operation: 'RespondToAuthChallenge', origin: unknownOrigin },
    user,
  }
}

/** Uses the Session up; refuses its second use. */
export const burnSetUp = (turn: Turn, { id, sub, expiresAt }: SetUp): Promise<void> =>
  burn(turn, id, sub, 'MFA_SETUP', expiresAt)
