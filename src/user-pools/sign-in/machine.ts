/** The course of a sign-in: begin by a flow, answer challenges, end with tokens. Shared by the public and the admin twins. */
import type { AuthFlowType, ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import { allowsFlow } from '../clients/client.ts'
import { noteSignedIn, watchSignIn } from '../risk/sign-in.ts'
import { beginSession } from '../tokens/issue.ts'
import { authenticationBy } from '../tokens/levels.ts'
import { metadataFor } from '../triggers/metadata.ts'
import type { TokenSource } from '../triggers/pre-token.ts'
import { findUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { refuseState } from './admission.ts'
import { clearFailures, lockName } from './attempts.ts'
import { type Challenge, challenges, steps } from './challenges.ts'
import { startChoice } from './choice.ts'
import { customUnsettled, resumeCustom } from './custom.ts'
import { deviceStandsIn, withDevice } from './device.ts'
import { flows } from './flows.ts'
import { askBeforeSignIn, tellSignedIn } from './functions.ts'
import { startPassword } from './password.ts'
import type { Given, Progress } from './progress.ts'
import { askForCodeAgain, secondFactorSettled } from './second-factor.ts'
import { isCorrectable, openSession, readSession, refuseForeign, refuseReplaced, takeSession } from './session.ts'
import { aimReached, hostedAim, proofsOf, withAim } from './step-up.ts'
import { checkNeeds, type Outcome, readName, type Turn, type Verdict } from './turn.ts'
import { whoIs } from './who.ts'

/** Begins a sign-in. In AWS's order: is there such a flow here, may the client use it, is the request complete. */
export async function begin(turn: Turn, name: AuthFlowType, given: Given): Promise<Outcome> {
  const flow = flows[name]
  if (!flow.families.includes(turn.family)) fail('InvalidParameterException', 'Initiate Auth method not supported')
  if (!allowsFlow(turn.client, flow.allowedBy)) {
    const subject = turn.family === 'admin' ? 'Auth' : name
    fail('InvalidParameterException', `${subject} flow not enabled for this client`)
  }
  checkNeeds(given, flow.needs)
  const verdict = await watchSignIn(turn, { name, given }, () => flow.start(turn, given))
  return conclude(turn, await withDevice(turn, verdict, given['DEVICE_KEY']))
}

/** Begins a sign-in at the hosted pages: by the password, whatever flows the client may use at the API. */
export async function beginHosted(turn: Turn, given: Given): Promise<Outcome> {
  checkNeeds(given, ['USERNAME', 'PASSWORD'])
  const name = 'USER_PASSWORD_AUTH'
  const verdict = await watchSignIn(turn, { name, given }, () => startPassword(turn, given))
  return conclude(turn, withAim(verdict, hostedAim(turn)))
}

/** The same where the user chooses how to begin. */
export async function beginHostedChoice(turn: Turn, given: Given): Promise<Outcome> {
  checkNeeds(given, ['USERNAME'])
  const verdict = await watchSignIn(turn, { name: 'USER_AUTH', given }, () => startChoice(turn, given))
  return conclude(turn, await withDevice(turn, verdict, undefined))
}

/**
 * Begins one for a user who has just chosen a password, if any, and confirmed an address, in the browser that asks.
 * unproved: AWS's claims after a sign-up; the code was asked of nobody as a factor.
 */
export async function beginConfirmed(turn: Turn, user: User): Promise<Outcome> {
  await askBeforeSignIn(turn, user.username, user)
  return conclude(turn, { passed: user, progress: { clean: false, proved: user.hasPassword ? ['pwd'] : [] } })
}

/** Goes on with a sign-in. */
export async function respond(
  turn: Turn,
  name: ChallengeNameType,
  given: Given,
  session: string | undefined,
): Promise<Outcome> {
  // One that is never asked: no Session was given for it.
  const challenge = challenges[name] ?? refuseForeign()
  checkNeeds(given, challenge.needs)
  const verdict =
    challenge.carries === 'own state'
      ? await watchSignIn(turn, { name, given }, () => challenge.answer(turn, given, session))
      : await answerHeld(turn, name, challenge, given, session)
  return conclude(turn, await withDevice(turn, verdict, given['DEVICE_KEY']))
}

/**
 * Sends the code of a second factor once more, at the hosted pages; the Session before stays good for its time, so that a
 * button that was pressed twice loses nothing. The API has no such operation: its callers begin a new sign-in, as at AWS.
 */
export async function sendCodeAgain(
  turn: Turn,
  challenge: 'SMS_MFA' | 'EMAIL_OTP',
  given: Given,
  session: string,
): Promise<Outcome> {
  const user = (await findUser(turn.world, turn.pool, readName(turn, given))) ?? refuseForeign()
  refuseState(user)
  const progress = await readSession(turn, session, user.sub, challenge)
  // Nothing is proved yet: whoever begins with a code begins anew.
  if (progress.first) refuseForeign()
  refuseReplaced(user, progress)
  return conclude(turn, { ask: await askForCodeAgain(turn, user, challenge, progress) })
}

/** Who may have lost their rights since the last turn is asked again; an answer refused for its form may be corrected. */
async function answerHeld(
  turn: Turn,
  name: ChallengeNameType,
  challenge: Exclude<Challenge, { carries: 'own state' }>,
  given: Given,
  session: string | undefined,
): Promise<Verdict> {
  const username = readName(turn, given)
  if (!session) return fail('InvalidParameterException', 'Missing required parameter Session')
  const { sub, user, answer } = await readyFor(turn, challenge, username)
  const taken = await takeSession(turn, session, sub, challenge.of ?? name)
  refuseReplaced(user, taken.progress)
  const { aim } = taken.progress
  try {
    const { risk } = taken.progress
    const verdict = await watchSignIn(turn, { name, given, risk }, () =>
      answer({ ...turn, aim }, given, taken.progress),
    )
    return withAim(verdict, aim)
  } catch (error) {
    // AWS: any failed step fails a step-up.
    if (isCorrectable(error) && !challenge.once && !aim) await taken.giveBack()
    throw error
  }
}

/** Who answers: a user who may sign in or, where that is still open, whoever has the name. */
async function readyFor(turn: Turn, challenge: Exclude<Challenge, { carries: 'own state' }>, username: string) {
  type Answer = (turn: Turn, given: Given, progress: Progress) => Promise<Verdict>
  if (challenge.carries === 'open session') {
    const who = await whoIs(turn, username)
    const answer: Answer = (aimed, given, progress) => challenge.answer(aimed, given, who, progress)
    return { sub: who.sub, user: who.user, answer }
  }
  const user = (await findUser(turn.world, turn.pool, username)) ?? refuseForeign()
  const answer: Answer = async (aimed, given, progress) => {
    refuseState(user)
    return challenge.answer(aimed, given, user, progress)
  }
  return { sub: user.sub, user, answer }
}

async function conclude(turn: Turn, verdict: Verdict): Promise<Outcome> {
  if ('tokens' in verdict) return { AuthenticationResult: verdict.tokens, ChallengeParameters: {} }
  if ('passed' in verdict) {
    const { passed: user, progress } = verdict
    for (const step of steps) {
      const ask = step.due(turn, user, progress) ? await step.ask(turn, user, progress) : undefined
      if (ask) return conclude(turn, { ask })
    }
    if (customUnsettled(progress)) return conclude(turn, await resumeCustom(turn, user, progress))
    return finish(turn, user, progress)
  }
  const { ask } = verdict
  const Session = ask.session ?? (await openSession(turn, ask))
  return {
    ChallengeName: ask.challenge,
    Session,
    ChallengeParameters: { ...ask.parameters },
    ...(ask.available && { AvailableChallenges: [...ask.available] }),
  }
}

/** What the tokens are for, as the pool's function is told. */
const sourceOf = (progress: Progress): TokenSource =>
  progress.newPassword
    ? 'TokenGeneration_NewPasswordChallenge'
    : deviceStandsIn(progress)
      ? 'TokenGeneration_AuthenticateDevice'
      : 'TokenGeneration_Authentication'

async function finish(turn: Turn, user: User, progress: Progress): Promise<Outcome> {
  const { world, pool, client } = turn
  // Fail closed: a pool that demands a second factor gets no tokens for the first alone.
  if (!secondFactorSettled(turn, progress)) throw new Error('A second factor is required and none was proved.')
  if (!aimReached(progress)) throw new Error('A level is wanted that was not reached.')
  if (!progress.clean) await clearFailures(world, pool, lockName(pool, user, user.username))
  await tellSignedIn(turn, user, progress)
  noteSignedIn(world, progress.risk)
  const authentication = authenticationBy(pool, proofsOf(progress))
  if (turn.onSignedIn) {
    turn.onSignedIn(user, authentication)
    return { ChallengeParameters: {} }
  }
  const { clientMetadata } = metadataFor(turn.operation, 'PreTokenGeneration', { ClientMetadata: turn.clientMetadata })
  const source = sourceOf(progress)
  const [from, deviceKey] = [turn.from, progress.device?.key]
  // One id for the event and its tokens, so that a token leads to the sign-in that it came from.
  const sessionId = progress.risk?.event.id
  const tokens = await beginSession(world, {
    ...{ pool, client, user, source, clientMetadata, from, deviceKey, authentication, sessionId },
  })
  return { AuthenticationResult: tokens, ChallengeParameters: {} }
}
