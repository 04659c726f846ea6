/** The Session string between a challenge and its answer: opaque, bound to who may answer what, good once and for a while. */
import { AwsError, fail } from '../../wire/errors.ts'
import type { User } from '../users/user.ts'
import type { Progress } from './progress.ts'
import { burnChallenge, giveBackChallenge, insertChallenge, readChallenge, takeChallenge } from './store.ts'
import { patienceOf, type Question, type Turn } from './turn.ts'

const sessionBytes = 96
const purpose = 'challenge-session'

const hashOf = ({ world }: Turn, session: string) => world.seal.mac(purpose, session).toString('base64url')

/** Who may answer: this user, through this client, by the same family of operations. */
const bindingOf = ({ client, family }: Turn, sub: string, challenge: string) => ({
  ...{ clientId: client.id, family },
  ...{ sub, challenge },
})

/** Keeps a question open for the client's AuthSessionValidity. */
export async function openSession(turn: Turn, question: Question): Promise<string> {
  const { world, pool, client } = turn
  const session = world.random(sessionBytes).toString('base64url')
  const hash = hashOf(turn, session)
  const state = world.seal.seal(purpose, JSON.stringify(question.progress), `${pool.id}/${hash}`)
  const bound = bindingOf(turn, question.sub, question.challenge)
  await insertChallenge(world.db, pool.id, hash, bound, state, world.now() + patienceOf(client))
  return session
}

export type Taken = {
  readonly progress: Progress
  /** Lets the same Session be answered again: for answers that were refused before they changed anything. */
  giveBack(): Promise<void>
}

/** Takes the session for its one answer, in one step. Refuses in AWS's words what is foreign, used or too old. */
export async function takeSession(turn: Turn, session: string, sub: string, challenge: string): Promise<Taken> {
  const { world, pool } = turn
  const hash = hashOf(turn, session)
  const bound = bindingOf(turn, sub, challenge)
  const state = await takeChallenge(world.db, pool.id, hash, bound, world.now())
  if (state === undefined) {
    const known = await readChallenge(world.db, pool.id, hash, bound)
    if (!known) return refuseForeign()
    return known.usedAt !== undefined ? refuseUsed() : refuseExpired()
  }
  return {
    progress: openState(turn, hash, state),
    giveBack: () => giveBackChallenge(world.db, pool.id, hash),
  }
}

/** What a session that waits for its answer remembers; it goes on waiting. Refuses as takeSession does. */
export async function readSession(turn: Turn, session: string, sub: string, challenge: string): Promise<Progress> {
  const { world, pool } = turn
  const hash = hashOf(turn, session)
  const known = await readChallenge(world.db, pool.id, hash, bindingOf(turn, sub, challenge))
  if (!known) return refuseForeign()
  if (known.usedAt !== undefined) refuseUsed()
  if (known.expiresAt <= world.now()) refuseExpired()
  return openState(turn, hash, known.state)
}

function openState({ world, pool }: Turn, hash: string, state: string): Progress {
  const plain = world.seal.open(purpose, state, `${pool.id}/${hash}`)
  return plain ? (JSON.parse(plain.toString()) as Progress) : refuseForeign()
}

/** Uses up a challenge that carries its own state; refuses the second answer. `id` is what it was known by. */
export async function burn(turn: Turn, id: string, sub: string, challenge: string, expiresAt: number): Promise<void> {
  const { world, pool } = turn
  if (expiresAt <= world.now()) refuseExpired()
  const bound = bindingOf(turn, sub, challenge)
  if (!(await burnChallenge(world.db, pool.id, hashOf(turn, id), bound, expiresAt, world.now()))) refuseUsed()
}

/** Who began with a password that is the user's no more has proved nothing. unproved: what AWS says to them. */
export function refuseReplaced(user: User | undefined, { passwordSetAt }: Progress): void {
  if (passwordSetAt !== undefined && passwordSetAt !== user?.passwordSetAt) refuseForeign()
}

export const refuseForeign = (): never => fail('NotAuthorizedException', 'Invalid session for the user.')
const refuseExpired = (): never => fail('NotAuthorizedException', 'Invalid session for the user, session is expired.')
const refuseUsed = (): never =>
  fail('NotAuthorizedException', 'Invalid session for the user, session can only be used once.')

/** What a person can correct leaves the Session usable: a new password, a mistyped code, whose tries are counted apart. */
export const isCorrectable = (error: unknown): boolean => error instanceof AwsError && correctable.has(error.code)

const correctable: ReadonlySet<string> = new Set([
  'AliasExistsException',
  'CodeMismatchException',
  'ExpiredCodeException',
  'InvalidParameterException',
  'InvalidPasswordException',
  'NotAuthorizedException',
  'PasswordHistoryPolicyViolationException',
  'TooManyRequestsException',
])
