/**
 * USER_AUTH: the user chooses how to begin. Names that nobody has get the same questions where clients hide who exists.
 * AWS: Developer Guide, "Choice-based authentication".
 */
import { fail } from '../../wire/errors.ts'
import { type Factor, poolFactors } from '../mfa/factors.ts'
import { type FirstFactor, firstFactorsOf, passkeyStandsForBoth, simulatedFactors } from '../mfa/first-factors.ts'
import { makeChallenge, proofOf, readDocument, requestOptions, usedPasskey } from '../passkeys/authentication.ts'
import { tellConfirmed } from '../sign-up/functions.ts'
import { refuseSignIn, refuseState } from './admission.ts'
import { startAfterSignUp } from './after-sign-up.ts'
import { askBeforeSignIn } from './functions.ts'
import { afterwards, countGuess, deliveryParameters, firstKinds, sendFirstCode, takeSentCode } from './one-time-code.ts'
import { startPassword } from './password.ts'
import type { Aim, Given, Progress } from './progress.ts'
import { startSrp } from './srp.ts'
import { firstProofs, leading, planStepUp, readAim, waysTo, withAim } from './step-up.ts'
import { checkNeeds, readName, type Turn, type Verdict } from './turn.ts'
import { type Who, whoIs } from './who.ts'

const offeredTo = ({ world, pool }: Turn, { user }: Who): Promise<FirstFactor[]> | FirstFactor[] =>
  user ? firstFactorsOf(world, pool, user) : simulatedFactors(pool)

/** Begins with what the user prefers, if it is open to them; otherwise asks. */
export async function startChoice(turn: Turn, given: Given): Promise<Verdict> {
  if (turn.signedUp !== undefined) return startAfterSignUp(turn, given, turn.signedUp)
  const who = await whoIs(turn, readName(turn, given))
  const aim = await readAim(turn, given, who.user)
  if (!aim) return choose(turn, given, who, await offeredTo(turn, who))
  if (aim.had.length > 0) return stepUp(turn, given, who, aim)
  const offered = waysTo(aim, await offeredTo(turn, who), secondsOf(turn))
  return withAim(await choose({ ...turn, aim }, given, who, offered), aim)
}

const secondsOf = ({ pool }: Turn): Factor[] => (pool.settings.MfaConfiguration === 'OFF' ? [] : poolFactors(pool))

/** Asks for what a session still lacks: a second factor, unless the user prefers to begin anew in some way that will do. */
async function stepUp(turn: Turn, given: Given, who: Who, wanted: Aim): Promise<Verdict> {
  const { user = refuseSignIn() } = who
  refuseState(user)
  const { aim, seconds, firsts } = await planStepUp(turn, user, wanted, await offeredTo(turn, who))
  const begins = seconds.length === 0 || firsts.some((one) => one === given['PREFERRED_CHALLENGE'])
  if (begins) return withAim(await choose({ ...turn, aim }, given, who, firsts), aim)
  await askBeforeSignIn(turn, who.name, user)
  return withAim({ passed: user, progress: { clean: false } }, aim)
}

async function choose(turn: Turn, given: Given, who: Who, offered: readonly FirstFactor[]): Promise<Verdict> {
  const preferred = offered.find((one) => one === given['PREFERRED_CHALLENGE'])
  if (preferred) return proceed[preferred](turn, given, who)
  if (offered.length === 0) return refuseSignIn('no factor is open to the user')
  return {
    ask: {
      challenge: 'SELECT_CHALLENGE',
      parameters: {},
      available: offered,
      sub: who.sub,
      progress: { clean: false },
    },
  }
}

/** SELECT_CHALLENGE, or one of its answers given as a challenge of its own. */
export const answerWith =
  (answer: (given: Given) => string | undefined) =>
  async (turn: Turn, given: Given, who: Who): Promise<Verdict> => {
    const offered = await offeredTo(turn, who)
    const open = turn.aim ? offered.filter((one) => leads(turn, one)) : offered
    const chosen = open.find((one) => one === answer(given))
    // unproved: AWS's sentence.
    if (!chosen) return fail('InvalidParameterException', 'The challenge of ANSWER is not available.')
    return proceed[chosen](turn, given, who)
  }

/** Whether what was asked for a level's sake may be answered in this way. */
const leads = (turn: Turn, first: FirstFactor): boolean =>
  turn.aim?.levels.some((level) => leading(turn.aim?.had ?? [], [first], secondsOf(turn), level).length > 0) === true

type Proceed = (turn: Turn, given: Given, who: Who) => Promise<Verdict>

const begun: Progress = { clean: false, first: true }

const askFirstCode =
  (challenge: keyof typeof firstKinds): Proceed =>
  async (turn, _, who) => {
    await askBeforeSignIn(turn, who.name, who.user)
    const parameters = deliveryParameters(await sendFirstCode(turn, who, firstKinds[challenge]))
    return { ask: { challenge, parameters, available: [challenge], sub: who.sub, progress: begun } }
  }

const proceed: Readonly<Record<FirstFactor, Proceed>> = {
  PASSWORD: async (turn, given) => {
    checkNeeds(given, ['PASSWORD'])
    return startPassword(turn, given)
  },
  PASSWORD_SRP: async (turn, given) => {
    checkNeeds(given, ['SRP_A'])
    return startSrp(turn, given)
  },
  EMAIL_OTP: askFirstCode('EMAIL_OTP'),
  SMS_OTP: askFirstCode('SMS_OTP'),
  WEB_AUTHN: async (turn, _, who) => {
    const { world, pool } = turn
    await askBeforeSignIn(turn, who.name, who.user)
    const passkeyChallenge = makeChallenge(world)
    const options = await requestOptions(world, pool, who, passkeyChallenge)
    return {
      ask: {
        challenge: 'WEB_AUTHN',
        parameters: { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(options) },
        sub: who.sub,
        progress: { ...begun, passkeyChallenge },
      },
    }
  },
}

/** EMAIL_OTP and SMS_OTP. */
export async function answerFirstCode(
  turn: Turn,
  code: string,
  who: Who,
  challenge: keyof typeof firstKinds,
): Promise<Verdict> {
  const clean = await countGuess(turn, who, () => takeSentCode(turn, who, firstKinds[challenge], code, true))
  if (!who.user) return refuseSignIn()
  if (who.user.status === 'UNCONFIRMED') {
    // unproved: that PostConfirmation is told of it as of every other confirmation.
    const by = { operation: turn.operation, clientId: turn.client.id }
    await tellConfirmed(turn.world, turn.pool, who.user.sub, 'PostConfirmation_ConfirmSignUp', by)
  }
  const user = await afterwards(turn, who.user)
  // Only a right code is told the user's state; who signed up and was not confirmed is, by this code.
  refuseState(user)
  return { passed: user, progress: { clean, proved: [firstProofs[challenge]] } }
}

/** WEB_AUTHN: one answer, right or wrong. */
export async function answerPasskey(turn: Turn, given: Given, { user }: Who, progress: Progress): Promise<Verdict> {
  const { world, pool } = turn
  const { passkeyChallenge } = progress
  if (!user || passkeyChallenge === undefined) return refuseSignIn()
  const passkey = await usedPasskey(world, pool, user, passkeyChallenge, readDocument(given['CREDENTIAL'] ?? ''))
  if (!passkey) return refuseSignIn('no passkey of the user')
  refuseState(user)
  const secondFactor = await passkeyStandsForBoth(world, pool, user)
  const proved = [proofOf(passkey)]
  return { passed: user, progress: { clean: false, proved, ...(secondFactor && { secondFactor }) } }
}
