/** The second factor in a sign-in: asked for, chosen, answered, or set up first. AWS: "Adding MFA to a user pool". */
import { fail } from '../../wire/errors.ts'
import { payloadOf } from '../codes/code.ts'
import type { Decision } from '../mfa/decision.ts'
import { channelOf, type Factor, factors, poolFactors, recoveryFactor } from '../mfa/factors.ts'
import { decideFor, preferredFactor } from '../mfa/first-factors.ts'
import { softwareTokenName, takeSoftwareTokenCode } from '../mfa/software-token.ts'
import { checkAttributes } from '../pools/schema.ts'
import { refuseRisky } from '../risk/sign-in.ts'
import { findUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { refuseState } from './admission.ts'
import { deviceStandsIn } from './device.ts'
import {
  afterwards,
  countGuess,
  deliveryParameters,
  secondKinds,
  sendSecondCode,
  takeSentCode,
} from './one-time-code.ts'
import type { Given, Progress } from './progress.ts'
import { refuseForeign, refuseReplaced } from './session.ts'
import { burnSetUp, openSetUp, sealSetUp } from './set-up-session.ts'
import { aimsHigher, factorsForAim, secondProofs } from './step-up.ts'
import { type Question, readName, type Turn, type Verdict } from './turn.ts'

/** Unless one was proved, or something stood in for it, the pool and the user decide whether one is due. */
const ordinarilyDue = ({ pool }: Turn, _: User, progress: Progress): boolean =>
  (pool.settings.MfaConfiguration !== 'OFF' || progress.risk?.mfa === 'required') &&
  !progress.secondFactor &&
  !deviceStandsIn(progress)

/** Beside that, a level may be wanted that another factor reaches: for that a device does not do. */
export const secondFactorDue = (turn: Turn, user: User, progress: Progress): boolean =>
  ordinarilyDue(turn, user, progress) || aimsHigher(progress)

/** Whether a sign-in may end: asked again at the very end, so that no way around the question leads to tokens. */
export const secondFactorSettled = ({ pool }: Turn, progress: Progress): boolean =>
  (pool.settings.MfaConfiguration !== 'ON' && progress.risk?.mfa !== 'required') ||
  progress.secondFactor === true ||
  deviceStandsIn(progress)

/** The question, or undefined where none is due. */
export async function askSecondFactor(turn: Turn, user: User, progress: Progress): Promise<Question | undefined> {
  const decision = await decisionOf(turn, user, progress)
  const { sub, username: USER_ID_FOR_SRP } = user
  switch (decision.need) {
    case 'nothing':
      return undefined
    case 'answer':
      return askFactor(turn, user, decision.factor, progress)
    case 'choice':
      return {
        challenge: 'SELECT_MFA_TYPE',
        // What AWS's own clients read; its guide prints MFAS_CAN_SELECT.
        parameters: { MFAS_CAN_CHOOSE: JSON.stringify(decision.among), USER_ID_FOR_SRP },
        ...{ sub, progress },
      }
    case 'set-up':
      return {
        challenge: 'MFA_SETUP',
        parameters: { MFAS_CAN_SETUP: JSON.stringify(decision.among), USER_ID_FOR_SRP },
        ...{ sub, progress },
        session: sealSetUp(turn, { stage: 'asked', sub, progress }),
      }
    case 'impossible':
      if (progress.risk?.mfa) refuseRisky()
      // unproved: the code and the sentence.
      return fail('MFAMethodNotFoundException', 'The user has no MFA method and cannot set one up.')
  }
}

/** What is asked for the sake of a level comes first; it is a second factor like any other. */
async function decisionOf(turn: Turn, user: User, progress: Progress): Promise<Decision> {
  const { world, pool } = turn
  const among = await factorsForAim(world, pool, user, progress)
  if (among.length === 0) {
    return ordinarilyDue(turn, user, progress) ? decideFor(world, pool, user, progress.risk?.mfa) : { need: 'nothing' }
  }
  const preferred = await preferredFactor(world, pool, user)
  const factor = among.length === 1 ? among[0] : among.find((one) => one === preferred)
  return factor ? { need: 'answer', factor } : { need: 'choice', among }
}

async function askFactor(turn: Turn, user: User, factor: Factor, progress: Progress): Promise<Question> {
  const { sub, username: USER_ID_FOR_SRP } = user
  if (factor === 'SOFTWARE_TOKEN_MFA') {
    const name = await softwareTokenName(turn.world, turn.pool, user)
    const parameters = { USER_ID_FOR_SRP, ...(name && { FRIENDLY_DEVICE_NAME: name }) }
    return { challenge: factor, parameters, sub, progress }
  }
  return askForCode(turn, user, factor, progress)
}

type Sent = keyof typeof secondKinds

/** Sends a code and asks for it. `pending`: the address becomes the user's when the code comes back. */
async function askForCode(
  turn: Turn,
  user: User,
  challenge: Sent,
  progress: Progress,
  address?: string,
  pending = false,
): Promise<Question> {
  const delivery = await sendSecondCode(turn, user, secondKinds[challenge], address, pending)
  const parameters = { ...deliveryParameters(delivery), USER_ID_FOR_SRP: user.username }
  return { challenge, parameters, sub: user.sub, progress }
}

/** The same question with a new code in the place of the one under way, to where that one went. */
export async function askForCodeAgain(turn: Turn, user: User, challenge: Sent, progress: Progress): Promise<Question> {
  const { purpose, channel } = secondKinds[challenge]
  const { address, pending } = (await payloadOf(turn.world, turn.pool, user, purpose)) ?? {}
  if (pending === 'true') return askForCode(turn, user, challenge, progress, address, true)
  return user.attributes[channel] ? askForCode(turn, user, challenge, progress) : refuseForeign()
}

/** SELECT_MFA_TYPE: one of those that could have been chosen, as things are now. */
export async function answerChoice(turn: Turn, given: Given, user: User, progress: Progress): Promise<Verdict> {
  const decision = await decisionOf(turn, user, progress)
  const answer = given['ANSWER'] === 'EMAIL_MFA' ? 'EMAIL_OTP' : given['ANSWER']
  const among = decision.need === 'choice' ? decision.among : decision.need === 'answer' ? [decision.factor] : []
  const factor = factors.find((one) => one === answer && among.includes(one))
  // unproved: AWS's sentence.
  if (!factor) return fail('InvalidParameterException', 'The MFA method of ANSWER cannot be chosen.')
  return { ask: await askFactor(turn, user, factor, progress) }
}

const proved = (user: User, progress: Progress, factor: Factor, clean = true): Verdict => ({
  passed: user,
  progress: {
    ...progress,
    proved: [...(progress.proved ?? []), secondProofs[factor]],
    clean: progress.clean && clean,
    secondFactor: true,
  },
})

/** SOFTWARE_TOKEN_MFA. */
export async function answerSoftwareToken(turn: Turn, given: Given, user: User, progress: Progress): Promise<Verdict> {
  const { world, pool } = turn
  const code = given['SOFTWARE_TOKEN_MFA_CODE'] ?? ''
  const clean = await countGuess(turn, { name: user.username, user }, () =>
    takeSoftwareTokenCode(world, pool, user, code),
  )
  return proved(user, progress, 'SOFTWARE_TOKEN_MFA', clean)
}

/** SMS_MFA, and EMAIL_OTP after a password. */
export const answerSecondCode =
  (challenge: Sent, code: (given: Given) => string) =>
  async (turn: Turn, given: Given, user: User, progress: Progress): Promise<Verdict> => {
    const clean = await countGuess(turn, { name: user.username, user }, () =>
      takeSentCode(turn, { sub: user.sub, user }, secondKinds[challenge], code(given), false),
    )
    return proved(await afterwards(turn, user), progress, challenge, clean)
  }

/** MFA_SETUP: an app was verified since; or an e-mail address is given, to which a code goes. */
export async function answerSetUp(turn: Turn, given: Given, session: string | undefined): Promise<Verdict> {
  const { world, pool, client, family } = turn
  const name = readName(turn, given)
  if (!session) return fail('InvalidParameterException', 'Missing required parameter Session')
  const address = given['EMAIL'] ?? given['email']
  const setUp = openSetUp(world, session, [address === undefined ? 'verified' : 'asked'])
  const user = (await findUser(world, pool, name)) ?? refuseForeign()
  const meant = setUp.poolId === pool.id && setUp.clientId === client.id && setUp.family === family
  if (!meant || setUp.sub !== user.sub) refuseForeign()
  refuseReplaced(user, setUp.progress)
  refuseState(user)
  if (address !== undefined) checkAddress(turn, user, address)
  await burnSetUp(turn, setUp)
  if (address === undefined) return proved(user, setUp.progress, 'SOFTWARE_TOKEN_MFA')
  return { ask: await askForCode(turn, user, 'EMAIL_OTP', setUp.progress, address, true) }
}

/** Only for a user without an address: nobody who merely knows the password may put theirs in its place. */
function checkAddress({ pool }: Turn, user: User, email: string): void {
  const offered = poolFactors(pool).includes('EMAIL_OTP') && recoveryFactor(pool) !== 'EMAIL_OTP'
  // unproved: AWS's sentence.
  if (!offered || user.attributes[channelOf.EMAIL_OTP ?? 'email']) {
    fail('InvalidParameterException', 'Email MFA cannot be set up.')
  }
  checkAttributes(pool, { email }, 'admin-create')
}
