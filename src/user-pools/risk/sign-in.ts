/**
 * Watching a sign-in: who may not even try, how risky a right password is, what is done about it, and the one event that
 * tells the whole course. AWS: Developer Guide, "Working with adaptive authentication".
 */

import { uuidOf } from '../../protocols/uuid.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import type { Pool } from '../pools/pool.ts'
import { moveStatus } from '../users/confirm.ts'
import { findUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { canonicalName } from '../users/username.ts'
import { type Mode, modeOf } from './add-on.ts'
import { findCompromised } from './compromised.ts'
import { type Action, exceptionOf, findRisk, takeoverAction } from './configuration.ts'
import { type AuthEvent, noRisk, type Origin, pastOf } from './event.ts'
import { note, recentEvents } from './event-log.ts'
import { failuresOf, noteFailure } from './network-failures.ts'
import { notify } from './notice.ts'
import type { RiskDocument } from './risk-document.ts'
import { type Judgement, judge } from './score.ts'

/** The request of a sign-in. */
export type Asking = {
  readonly world: World
  readonly pool: Pool
  readonly client: Client
  readonly origin: Origin
}

/** What the first factor leaves for the rest of the sign-in to remember. */
export type SignInRisk = {
  readonly event: AuthEvent
  /** The second factor that risk demands, beyond what the pool demands anyway. */
  readonly mfa: 'if-configured' | 'required' | undefined
}

/** Which part of the sign-in it is: a flow that begins, or the answer to a challenge. */
export type Part = {
  readonly name: string
  readonly given: Readonly<Record<string, string>>
  /** What an earlier part found out. */
  readonly risk?: SignInRisk | undefined
}

/** AWS: BLOCK of adaptive authentication; and a second factor that is required and missing. */
export const refuseRisky = (): never => fail('NotAuthorizedException', 'Unable to login because of security reasons.')

const refuseAddress = (): never => fail('NotAuthorizedException', 'Request not allowed due to security reasons.')

const customNames: ReadonlySet<string> = new Set(['CUSTOM_AUTH', 'CUSTOM_CHALLENGE'])
const passwordNames: ReadonlySet<string> = new Set(['USER_SRP_AUTH', 'PASSWORD_VERIFIER', 'CUSTOM_AUTH'])
const secondFactors: ReadonlySet<string> = new Set(['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'])
/** Refreshing is no sign-in. */
const noSignIn: ReadonlySet<string> = new Set(['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'])

/** Refusals that are a failed attempt. A lock-out is none: it would let anybody fill the log. */
const isFailure = (error: unknown): error is AwsError =>
  error instanceof AwsError && failures.has(error.code) && error.message !== 'Password attempts exceeded'
const failures: ReadonlySet<string> = new Set([
  'CodeMismatchException',
  'ExpiredCodeException',
  'NotAuthorizedException',
  'PasswordResetRequiredException',
  'UserLambdaValidationException',
  'UserNotConfirmedException',
  'UserNotFoundException',
])

type Passed = { readonly passed: User; readonly progress: { readonly risk?: SignInRisk | undefined } }

/**
 * Does one part of a sign-in under watch: `work` proves a factor or fails. When the first factor is proved the risk is
 * judged, acted upon and put into the progress. In a pool without threat protection it is `work` alone.
 */
export async function watchSignIn<Verdict extends object>(
  asking: Asking,
  part: Part,
  work: () => Promise<Verdict>,
): Promise<Verdict> {
  const { world, pool, client, origin } = asking
  const mode = modeOf(pool, customNames.has(part.name) ? 'custom' : 'standard')
  if (mode === 'OFF' || noSignIn.has(part.name)) return work()
  const document = await findRisk(world, pool.id, client.id)
  const exception = exceptionOf(document, origin.address)
  if (exception === 'blocked' && mode === 'ENFORCED') {
    await noteFailed(asking, part, { ...noRisk, decision: 'Block' }, false)
    return refuseAddress()
  }
  let verdict: Verdict
  try {
    verdict = await work()
  } catch (error) {
    if (isFailure(error)) await noteFailed(asking, part, part.risk?.event.risk ?? noRisk, true)
    throw error
  }
  if (!isPassed(verdict)) return verdict
  const known = part.risk ?? verdict.progress.risk
  const risk = known
    ? later(world, part, known)
    : await first(asking, part, verdict.passed, { mode, document, skipped: exception === 'skipped' })
  return { ...verdict, progress: { ...verdict.progress, risk } }
}

const isPassed = (verdict: object): verdict is Passed & typeof verdict => 'passed' in verdict

const challengeOf = (part: Part, response: 'Success' | 'Failure'): AuthEvent['challenges'][number] => ({
  name: part.given['PASSWORD'] !== undefined || passwordNames.has(part.name) ? 'Password' : 'Mfa',
  response,
})

/** Whoever does not exist has no events, but counts for the network. */
async function noteFailed(asking: Asking, part: Part, risk: AuthEvent['risk'], tried: boolean): Promise<void> {
  const { world, pool, origin } = asking
  const name = part.given['USERNAME'] ?? ''
  if (name === '') return
  const user = await findUser(world, pool, name)
  noteFailure(world, pool.id, origin.network, user?.sub ?? canonicalName(pool, name))
  if (!user) return
  const event = part.risk?.event ?? newEvent(asking, user)
  const challenges = tried ? [...event.challenges, challengeOf(part, 'Failure')] : event.challenges
  note(world, { ...event, risk, response: 'Fail', challenges })
}

function later(world: World, part: Part, risk: SignInRisk): SignInRisk {
  if (!secondFactors.has(part.name)) return risk
  const event = { ...risk.event, challenges: [...risk.event.challenges, challengeOf(part, 'Success')] }
  note(world, event)
  return { ...risk, event }
}

const newEvent = ({ world, pool, client, origin }: Asking, user: User): AuthEvent => ({
  id: uuidOf(world.random(16)),
  poolId: pool.id,
  sub: user.sub,
  username: user.username,
  clientId: client.id,
  type: 'SignIn',
  at: world.now(),
  response: 'InProgress',
  risk: noRisk,
  challenges: [],
  origin,
  feedback: undefined,
})

/**
 * A sign-in by a provider is remembered, and judged by nobody here: whoever holds the factors does.
 * unproved: that AWS's has no challenges.
 */
export function noteFederated(asking: Asking, user: User, provider: string): void {
  if (modeOf(asking.pool) === 'OFF') return
  note(asking.world, { ...newEvent(asking, user), provider, response: 'Pass' })
}

/** As many sign-ins of the user as are looked at. */
const historyLength = 50

async function judgeFor({ world, pool, origin }: Asking, user: User): Promise<Judgement> {
  const events = await recentEvents(world, pool.id, user.sub, historyLength)
  const ofNetwork = failuresOf(world, pool.id, origin.network)
  return judge(
    { at: world.now(), network: origin.network, device: origin.device, place: origin.location },
    {
      history: events.filter(({ type, response }) => type === 'SignIn' && response !== 'InProgress').map(pastOf),
      failuresOfNetwork: ofNetwork.count,
      usersOfNetwork: ofNetwork.users,
    },
  )
}

type How = { readonly mode: Mode; readonly document: RiskDocument; readonly skipped: boolean }

/** The first factor was right: stolen passwords first, then everything else that speaks against it. */
async function first(asking: Asking, part: Part, user: User, how: How): Promise<SignInRisk> {
  const { world, pool } = asking
  const { mode, document, skipped } = how
  const password = part.given['PASSWORD']
  const begun: AuthEvent = { ...newEvent(asking, user), challenges: [challengeOf(part, 'Success')] }
  const stolen =
    password === undefined
      ? { compromised: false, blocked: false }
      : await findCompromised(world, pool, document, password, 'SIGN_IN')
  const { compromised } = stolen
  // A temporary password is changed in the next step anyway.
  if (stolen.blocked && (await moveStatus(world.db, pool.id, user.sub, ['CONFIRMED'], 'RESET_REQUIRED', world.now()))) {
    note(world, { ...begun, response: 'Fail', risk: { ...noRisk, decision: 'Block', compromised } })
    fail('PasswordResetRequiredException', 'Password reset required for user due to security reasons')
  }
  // An administrator who does not say for whom they ask leaves nothing to judge by.
  const unknown = asking.origin.address === undefined && !asking.origin.told
  const { level, reasons }: Judgement =
    skipped || unknown ? { level: undefined, points: 0, reasons: [] } : await judgeFor(asking, user)
  const wanted = level === undefined ? undefined : takeoverAction(document, level)
  const action: Action = mode === 'ENFORCED' && wanted ? wanted.action : 'NO_ACTION'
  const event: AuthEvent = {
    ...begun,
    response: action === 'BLOCK' ? 'Fail' : 'InProgress',
    risk: { decision: decisions[action], level, compromised, reasons },
  }
  note(world, event)
  if (mode === 'ENFORCED' && wanted?.notify) notify(world, asking.pool, user, document, outcomes[action], event)
  if (action === 'BLOCK') refuseRisky()
  return { event, mfa: demands[action] }
}

/** AWS: API_EventRiskType: NoRisk where nothing was done about it. */
const decisions = {
  BLOCK: 'Block',
  MFA_IF_CONFIGURED: 'AccountTakeover',
  MFA_REQUIRED: 'AccountTakeover',
  NO_ACTION: 'NoRisk',
} as const
const outcomes = { BLOCK: 'blocked', MFA_IF_CONFIGURED: 'mfa', MFA_REQUIRED: 'mfa', NO_ACTION: 'allowed' } as const
const demands = {
  BLOCK: undefined,
  MFA_IF_CONFIGURED: 'if-configured',
  MFA_REQUIRED: 'required',
  NO_ACTION: undefined,
} as const

/** The sign-in ended well. */
export function noteSignedIn(world: World, risk: SignInRisk | undefined): void {
  if (risk) note(world, { ...risk.event, response: 'Pass' })
}
