/**
 * The challenges of a sign-in, and what follows a factor that was proved. Each challenge is a row that says how it is
 * answered; each further step of a sign-in is a row that says when it is due and how it is asked.
 */
import type { ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider'
import type { User } from '../users/user.ts'
import { answerDevice, answerDeviceProof, askDevice, deviceDue } from './device.ts'
import { answerNewPassword, askNewPassword } from './new-password.ts'
import { answerSrp } from './srp.ts'
import type { Given, Progress, Question, Turn, Verdict } from './turn.ts'

export type Challenge = { readonly needs: readonly string[] } & (
  | {
      /** Its parameters carry the state; a Session may be absent. */
      readonly carries: 'own state'
      answer(turn: Turn, given: Given, session: string | undefined): Promise<Verdict>
    }
  | {
      /** Its state is kept under the Session, which is taken before the answer is looked at. */
      readonly carries: 'session'
      answer(turn: Turn, given: Given, user: User, progress: Progress): Promise<Verdict>
      /** A refused answer ends the sign-in, whatever was wrong with it. */
      readonly once?: boolean
    }
)

export const challenges: Partial<Record<ChallengeNameType, Challenge>> = {
  PASSWORD_VERIFIER: {
    carries: 'own state',
    needs: ['USERNAME', 'PASSWORD_CLAIM_SIGNATURE', 'PASSWORD_CLAIM_SECRET_BLOCK', 'TIMESTAMP'],
    answer: answerSrp,
  },
  NEW_PASSWORD_REQUIRED: { carries: 'session', needs: ['USERNAME', 'NEW_PASSWORD'], answer: answerNewPassword },
  DEVICE_SRP_AUTH: { carries: 'session', needs: ['USERNAME', 'DEVICE_KEY', 'SRP_A'], answer: answerDevice },
  DEVICE_PASSWORD_VERIFIER: {
    carries: 'session',
    needs: ['USERNAME', 'DEVICE_KEY', 'PASSWORD_CLAIM_SIGNATURE', 'PASSWORD_CLAIM_SECRET_BLOCK', 'TIMESTAMP'],
    answer: answerDeviceProof,
    once: true,
  },
}

/** A step between a proved factor and the tokens. */
type Step = {
  due(turn: Turn, user: User, progress: Progress): boolean
  ask(turn: Turn, user: User, progress: Progress): Question | Promise<Question>
}

/** In AWS's order; the first that is due is asked. None due: tokens. */
export const steps: readonly Step[] = [
  { due: (_, user) => user.status === 'FORCE_CHANGE_PASSWORD', ask: askNewPassword },
  { due: deviceDue, ask: askDevice },
]
