/**
 * CUSTOM_AUTH: the pool's own functions say what is asked, what is right and when it is enough; after a password by SRP
 * or without. AWS: Developer Guide, "Custom authentication challenge Lambda triggers".
 */
import { AwsError, fail } from '../../wire/errors.ts'
import { triggerAttributes } from '../triggers/attributes.ts'
import { callTrigger } from '../triggers/call.ts'
import { metadataFor } from '../triggers/metadata.ts'
import type { Step } from '../triggers/table.ts'
import { hidesUsers } from '../users/existence.ts'
import type { User } from '../users/user.ts'
import { refuseSignIn, refuseState } from './admission.ts'
import type { CustomProgress, Given, Progress } from './progress.ts'
import { refuseForeign } from './session.ts'
import type { Turn, Verdict } from './turn.ts'
import type { Who } from './who.ts'

/** One challenge that was answered, as functions are told. */
export const step = (
  challengeName: string,
  challengeResult: boolean,
  challengeMetadata: string | null = null,
): Step => ({
  ...{ challengeName, challengeResult, challengeMetadata },
})

type Asking = 'DefineAuthChallenge' | 'CreateAuthChallenge' | 'VerifyAuthChallengeResponse'

/** What all three functions are told, and about whom. */
function about(turn: Turn, { name, user }: Who, trigger: Asking) {
  const { client, operation, clientMetadata: ClientMetadata } = turn
  return {
    call: { userName: user?.username ?? name, clientId: client.id },
    request: {
      userAttributes: user ? triggerAttributes(user) : {},
      ...metadataFor(operation, trigger, { ClientMetadata }),
      ...(hidesUsers(client) && { userNotFound: user === undefined }),
    },
  }
}

/** Code and sentence are those of reports. */
const refuseUnconfigured = (): never =>
  fail('InvalidParameterException', 'Custom auth lambda trigger is not configured for the user pool.')

/** unproved: AWS's refusal of a challenge that cannot be asked now. */
export const refuseChallenge = (name: string | undefined): never =>
  fail('InvalidLambdaResponseException', 'Unrecognizable lambda output', { detail: `challengeName ${name}` })

export async function define({ turn, who }: Asked, session: readonly Step[]) {
  const { call, request } = about(turn, who, 'DefineAuthChallenge')
  const answer = await callTrigger(
    ...([turn.world, turn.pool, 'DefineAuthChallenge', 'DefineAuthChallenge_Authentication'] as const),
    { ...call, request: { ...request, session } },
  )
  if (!answer) return refuseUnconfigured()
  return answer.failAuthentication ? refuseSignIn('the function ended it') : answer
}

type Asked = { readonly turn: Turn; readonly who: Who }

/** Asks the function what is next: tokens, or one more challenge, which another function makes. */
export async function proceed(asked: Asked, progress: Progress): Promise<Verdict> {
  const { turn, who } = asked
  const results = progress.custom?.results ?? []
  const { issueTokens, challengeName } = await define(asked, results)
  if (issueTokens) {
    if (!who.user) return refuseSignIn('tokens for nobody')
    refuseState(who.user)
    return { passed: who.user, progress: { ...progress, custom: { results, settled: true } } }
  }
  if (challengeName !== 'CUSTOM_CHALLENGE') return refuseChallenge(challengeName)
  const { call, request } = about(turn, who, 'CreateAuthChallenge')
  const made = await callTrigger(
    ...([turn.world, turn.pool, 'CreateAuthChallenge', 'CreateAuthChallenge_Authentication'] as const),
    { ...call, request: { ...request, challengeName, session: results } },
  )
  if (!made) return refuseUnconfigured()
  const custom = { results, expected: made.privateChallengeParameters ?? {}, metadata: made.challengeMetadata }
  return {
    ask: {
      challenge: 'CUSTOM_CHALLENGE',
      parameters: { ...made.publicChallengeParameters, USERNAME: call.userName },
      sub: who.sub,
      progress: { ...progress, custom: JSON.parse(JSON.stringify(custom)) as CustomProgress },
    },
  }
}

/** CUSTOM_CHALLENGE: whether the answer is right is one function's word, what follows from it another's. */
export async function answerCustom(turn: Turn, given: Given, who: Who, progress: Progress): Promise<Verdict> {
  const { custom } = progress
  if (!custom) return refuseForeign()
  const { call, request } = about(turn, who, 'VerifyAuthChallengeResponse')
  const privateChallengeParameters = custom.expected ?? {}
  const verified = await callTrigger(
    ...([turn.world, turn.pool, 'VerifyAuthChallengeResponse', 'VerifyAuthChallengeResponse_Authentication'] as const),
    { ...call, request: { ...request, privateChallengeParameters, challengeAnswer: given['ANSWER'] ?? '' } },
  )
  if (!verified) return refuseUnconfigured()
  const result = step('CUSTOM_CHALLENGE', verified.answerCorrect === true, custom.metadata)
  return proceed({ turn, who }, { ...progress, custom: { results: [...custom.results, result] } })
}

/** Whether the pool's functions have still to say that it is enough. */
export const customUnsettled = ({ custom }: Progress): boolean => custom !== undefined && custom.settled !== true

/** After the password, and the second factor it calls for, the functions go on. */
export const resumeCustom = (turn: Turn, user: User, progress: Progress): Promise<Verdict> =>
  proceed({ turn, who: { name: user.username, sub: user.sub, user } }, progress)

/** The password of a custom sign-in: a wrong one too is for the function to judge. Lock-outs are not. */
export async function judgePassword(
  turn: Turn,
  who: Who,
  results: readonly Step[],
  prove: () => Promise<Verdict>,
): Promise<Verdict> {
  const told = (challengeResult: boolean) => ({
    results: [...results, step('PASSWORD_VERIFIER', challengeResult)],
  })
  try {
    const verdict = await prove()
    return 'passed' in verdict ? { ...verdict, progress: { ...verdict.progress, custom: told(true) } } : verdict
  } catch (error) {
    const wrong = error instanceof AwsError && error.message === 'Incorrect username or password.'
    if (!wrong) throw error
    return proceed({ turn, who }, { clean: false, custom: told(false) })
  }
}
