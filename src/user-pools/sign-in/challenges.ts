/**
 * The challenges of a sign-in, and what follows a factor that was proved. Each challenge is a row that says how it is
 * answered; each further step of a sign-in is a row that says when it is due and how it is asked.
 */
import type { ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider'
import type { User } from '../users/user.ts'
import { refuseState } from './admission.ts'
import { answerFirstCode, answerPasskey, answerWith } from './choice.ts'
import { answerCustom } from './custom.ts'
import { answerDevice, answerDeviceProof, askDevice, deviceDue } from './device.ts'
import { answerNewPassword, askNewPassword } from './new-password.ts'
import type { Given, Progress } from './progress.ts'
import {
  answerChoice,
  answerSecondCode,
  answerSetUp,
  answerSoftwareToken,
  askSecondFactor,
  secondFactorDue,
} from './second-factor.ts'
import { refuseForeign } from './session.ts'
import { answerSrp } from './srp.ts'
import { checkNeeds, type Question, type Turn, type Verdict } from './turn.ts'
import type { Who } from './who.ts'

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
      /** The challenge that the Session was given for, where it is another. */
      readonly of?: ChallengeNameType
    }
  | {
      /** The same before anything is proved: of a user who is not confirmed, too, or of a name nobody has. */
      readonly carries: 'open session'
      answer(turn: Turn, given: Given, who: Who, progress: Progress): Promise<Verdict>
      readonly once?: boolean
      readonly of?: ChallengeNameType
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
  SMS_MFA: {
    carries: 'session',
    needs: ['USERNAME', 'SMS_MFA_CODE'],
    answer: answerSecondCode('SMS_MFA', (given) => given['SMS_MFA_CODE'] ?? ''),
  },
  SOFTWARE_TOKEN_MFA: {
    carries: 'session',
    needs: ['USERNAME', 'SOFTWARE_TOKEN_MFA_CODE'],
    answer: answerSoftwareToken,
  },
  SELECT_MFA_TYPE: { carries: 'session', needs: ['USERNAME', 'ANSWER'], answer: answerChoice },
  MFA_SETUP: { carries: 'own state', needs: ['USERNAME'], answer: answerSetUp },
  SELECT_CHALLENGE: {
    carries: 'open session',
    needs: ['USERNAME', 'ANSWER'],
    answer: answerWith((given) => given['ANSWER']),
  },
  PASSWORD: {
    carries: 'open session',
    of: 'SELECT_CHALLENGE',
    needs: ['USERNAME', 'PASSWORD'],
    answer: answerWith(() => 'PASSWORD'),
  },
  PASSWORD_SRP: {
    carries: 'open session',
    of: 'SELECT_CHALLENGE',
    needs: ['USERNAME', 'SRP_A'],
    answer: answerWith(() => 'PASSWORD_SRP'),
  },
  SMS_OTP: {
    carries: 'open session',
    needs: ['USERNAME', 'SMS_OTP_CODE'],
    answer: (turn, given, who) => answerFirstCode(turn, given['SMS_OTP_CODE'] ?? '', who, 'SMS_OTP'),
  },
  // The name of two challenges: a first factor, or the second one after a password.
  EMAIL_OTP: {
    carries: 'open session',
    needs: ['USERNAME'],
    answer: (turn, given, who, progress) => {
      if (!emailCode(given)) checkNeeds(given, ['EMAIL_OTP_CODE'])
      if (progress.first) return answerFirstCode(turn, emailCode(given), who, 'EMAIL_OTP')
      if (!who.user) return refuseForeign()
      refuseState(who.user)
      return answerEmailMfa(turn, given, who.user, progress)
    },
  },
  CUSTOM_CHALLENGE: { carries: 'open session', needs: ['USERNAME', 'ANSWER'], answer: answerCustom, once: true },
  WEB_AUTHN: { carries: 'open session', needs: ['USERNAME', 'CREDENTIAL'], answer: answerPasskey, once: true },
}

/** The API reference has another name for the code by e-mail, which its own enum lacks. */
const emailCode = (given: Given): string => given['EMAIL_OTP_CODE'] ?? given['EMAIL_MFA_CODE'] ?? ''
const answerEmailMfa = answerSecondCode('EMAIL_OTP', emailCode)

/** A step between a proved factor and the tokens. */
type Step = {
  due(turn: Turn, user: User, progress: Progress): boolean
  /** Undefined where it turns out that there is nothing to ask. */
  ask(turn: Turn, user: User, progress: Progress): Question | Promise<Question | undefined>
}

/** In AWS's order; the first that is due is asked. None due: tokens. */
export const steps: readonly Step[] = [
  { due: (_, user) => user.status === 'FORCE_CHANGE_PASSWORD', ask: askNewPassword },
  { due: deviceDue, ask: askDevice },
  { due: secondFactorDue, ask: askSecondFactor },
]
