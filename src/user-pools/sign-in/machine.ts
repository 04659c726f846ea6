/** The course of a sign-in: begin by a flow, answer challenges, end with tokens. Shared by the public and the admin twins. */
import type { AuthFlowType, ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider'
import { AwsError, fail } from '../../wire/errors.ts'
import { allowsFlow } from '../clients/client.ts'
import { beginSession } from '../tokens/issue.ts'
import { metadataFor } from '../triggers/metadata.ts'
import { findUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { refuseState } from './admission.ts'
import { clearFailures, lockName } from './attempts.ts'
import { type Challenge, challenges, steps } from './challenges.ts'
import { deviceStandsIn, withDevice } from './device.ts'
import { flows } from './flows.ts'
import { tellSignedIn } from './functions.ts'
import { isCorrectable, openSession, refuseForeign, takeSession } from './session.ts'
import { checkNeeds, type Given, type Outcome, type Progress, readName, type Turn, type Verdict } from './turn.ts'

const lacks = (what: string): never => {
  throw new AwsError('NotImplemented', `Poolhouse does not have ${what}. See docs/coverage.md.`, { status: 501 })
}

/** Begins a sign-in. In AWS's order: is there such a flow here, may the client use it, is the request complete. */
export async function begin(turn: Turn, name: AuthFlowType, given: Given): Promise<Outcome> {
  const flow = flows[name] ?? lacks(`the flow ${name}`)
  if (!flow.families.includes(turn.family)) fail('InvalidParameterException', 'Initiate Auth method not supported')
  if (!allowsFlow(turn.client, flow.allowedBy)) {
    const subject = turn.family === 'admin' ? 'Auth' : name
    fail('InvalidParameterException', `${subject} flow not enabled for this client`)
  }
  checkNeeds(given, flow.needs)
  return conclude(turn, await withDevice(turn, await flow.start(turn, given), given['DEVICE_KEY']))
}

/** Goes on with a sign-in. */
export async function respond(
  turn: Turn,
  name: ChallengeNameType,
  given: Given,
  session: string | undefined,
): Promise<Outcome> {
  const challenge = challenges[name] ?? lacks(`the challenge ${name}`)
  checkNeeds(given, challenge.needs)
  const verdict =
    challenge.carries === 'session'
      ? await answerHeld(turn, name, challenge, given, session)
      : await challenge.answer(turn, given, session)
  return conclude(turn, await withDevice(turn, verdict, given['DEVICE_KEY']))
}

/** Who may have lost their rights since the last turn is asked again; an answer refused for its form may be corrected. */
async function answerHeld(
  turn: Turn,
  name: ChallengeNameType,
  challenge: Extract<Challenge, { carries: 'session' }>,
  given: Given,
  session: string | undefined,
): Promise<Verdict> {
  const username = readName(turn, given)
  if (!session) return fail('InvalidParameterException', 'Missing required parameter Session')
  const user = (await findUser(turn.world, turn.pool, username)) ?? refuseForeign()
  const taken = await takeSession(turn, session, user.sub, name)
  refuseState(user)
  try {
    return await challenge.answer(turn, given, user, taken.progress)
  } catch (error) {
    if (isCorrectable(error) && !challenge.once) await taken.giveBack()
    throw error
  }
}

async function conclude(turn: Turn, verdict: Verdict): Promise<Outcome> {
  if ('tokens' in verdict) return { AuthenticationResult: verdict.tokens, ChallengeParameters: {} }
  if ('passed' in verdict) {
    const { passed: user, progress } = verdict
    const step = steps.find((one) => one.due(turn, user, progress))
    if (!step) return finish(turn, user, progress)
    return conclude(turn, { ask: await step.ask(turn, user, progress) })
  }
  const { ask } = verdict
  const Session = ask.session ?? (await openSession(turn, ask))
  return { ChallengeName: ask.challenge, Session, ChallengeParameters: { ...ask.parameters } }
}

async function finish(turn: Turn, user: User, progress: Progress): Promise<Outcome> {
  const { world, pool, client } = turn
  // Fail closed: a pool that demands a second factor gets no tokens for the first alone.
  if (pool.settings.MfaConfiguration === 'ON' && !deviceStandsIn(progress))
    lacks('multi-factor sign-in, which this pool requires')
  if (!progress.clean) await clearFailures(world, pool, lockName(pool, user, user.username))
  await tellSignedIn(turn, user)
  const { clientMetadata } = metadataFor(turn.operation, 'PreTokenGeneration', { ClientMetadata: turn.clientMetadata })
  const source = progress.newPassword ? 'TokenGeneration_NewPasswordChallenge' : 'TokenGeneration_Authentication'
  const [from, deviceKey] = [turn.from, progress.device?.key]
  const tokens = await beginSession(world, { pool, client, user, source, clientMetadata, from, deviceKey })
  return { AuthenticationResult: tokens, ChallengeParameters: {} }
}
