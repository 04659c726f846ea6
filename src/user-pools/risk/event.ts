/** What is remembered of a sign-in, sign-up or recovery, and how AWS shows it. AWS: API_AuthEventType. */
import type { AuthEventType } from '@aws-sdk/client-cognito-identity-provider'
import type { Location } from '../../world.ts'
import type { Level, Past, Reason } from './score.ts'

export type Decision = 'NoRisk' | 'AccountTakeover' | 'Block'
export type FeedbackValue = 'Valid' | 'Invalid'
export type EventType = 'SignIn' | 'SignUp' | 'ForgotPassword' | 'PasswordChange' | 'ResendCode'

export type Feedback = {
  readonly value: FeedbackValue
  /** `Admin`, or `User` for whoever followed the link of a notice. */
  readonly provider: string
  readonly at: number
}

/** Where a request came from. */
export type Origin = {
  /** Canonical; undefined when it is not known. */
  readonly address: string | undefined
  readonly network: string | undefined
  readonly deviceName: string
  readonly device: string
  readonly timezone: string | undefined
  readonly location: Location | undefined
  readonly requestId: string
  /** Whether the client sent context data of its own. */
  readonly told: boolean
}

export const unknownOrigin: Origin = {
  address: undefined,
  network: undefined,
  deviceName: 'Other, Other',
  device: '',
  timezone: undefined,
  location: undefined,
  requestId: '',
  told: false,
}

export type AuthEvent = {
  readonly id: string
  readonly poolId: string
  readonly sub: string
  readonly username: string
  readonly clientId: string | undefined
  /** The identity provider that signed them in. */
  readonly provider?: string | undefined
  readonly type: EventType
  readonly at: number
  readonly response: 'Pass' | 'Fail' | 'InProgress'
  readonly risk: {
    readonly decision: Decision
    readonly level: Level | undefined
    readonly compromised: boolean
    readonly reasons: readonly Reason[]
  }
  readonly challenges: readonly { readonly name: 'Password' | 'Mfa'; readonly response: 'Success' | 'Failure' }[]
  readonly origin: Origin
  readonly feedback: Feedback | undefined
}

export const noRisk: AuthEvent['risk'] = { decision: 'NoRisk', level: undefined, compromised: false, reasons: [] }

/** unproved: without a location AWS's samples have the text `null`. */
const nowhere = 'null'

export const describeEvent = (event: AuthEvent): AuthEventType => ({
  EventId: event.id,
  EventType: event.type,
  CreationDate: new Date(event.at),
  EventResponse: event.response,
  EventRisk: {
    RiskDecision: event.risk.decision,
    ...(event.risk.level && { RiskLevel: event.risk.level }),
    CompromisedCredentialsDetected: event.risk.compromised,
  },
  ChallengeResponses: event.challenges.map(({ name, response }) => ({
    ChallengeName: name,
    ChallengeResponse: response,
  })),
  EventContextData: {
    ...(event.origin.address !== undefined && { IpAddress: event.origin.address }),
    DeviceName: event.origin.deviceName,
    ...(event.origin.timezone !== undefined && { Timezone: event.origin.timezone }),
    City: event.origin.location?.city ?? nowhere,
    Country: event.origin.location?.country ?? nowhere,
  },
  ...(event.feedback && {
    EventFeedback: {
      FeedbackValue: event.feedback.value,
      Provider: event.feedback.provider,
      FeedbackDate: new Date(event.feedback.at),
    },
  }),
})

/** The event as the judgement of later sign-ins sees it. One under way proves nothing yet. */
export const pastOf = ({ at, origin, response, feedback }: AuthEvent): Past => ({
  at,
  network: origin.network,
  device: origin.device,
  place: origin.location,
  passed: response === 'Pass',
  feedback: feedback?.value,
})
