/** An event as the exported log has it. AWS: Developer Guide, "Exporting logs from Amazon Cognito user pools". */
import type { LogRecord } from '../logs/delivery.ts'
import type { AuthEvent } from './event.ts'

const types: Readonly<Record<AuthEvent['type'], string>> = {
  SignIn: 'SIGN_IN',
  SignUp: 'SIGN_UP',
  ForgotPassword: 'FORGOT_PASSWORD',
  PasswordChange: 'PASSWORD_CHANGE',
  ResendCode: 'RESEND_CODE',
}

/** unproved: the names of decisions; AWS's sample has PASS. */
const decisions = { NoRisk: 'PASS', AccountTakeover: 'ACCOUNT_TAKEOVER', Block: 'BLOCK' } as const

/** `Wed Jul 17 17:25:55 UTC 2024` */
const dateText = (at: number) =>
  new Date(at).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 UTC $4')

/** `riskReasons` is ours: why the level is what it is. */
export const exportEvent = (event: AuthEvent): LogRecord => ({
  eventTimestamp: String(event.at),
  eventSource: 'USER_ACTIVITY',
  logLevel: 'INFO',
  message: {
    version: '1',
    eventId: event.id,
    eventType: types[event.type],
    userSub: event.sub,
    userName: event.username,
    userPoolId: event.poolId,
    clientId: event.clientId ?? '',
    creationDate: dateText(event.at),
    eventResponse: event.response,
    riskLevel: event.risk.level ?? '',
    riskDecision: decisions[event.risk.decision],
    riskReasons: event.risk.reasons,
    challenges: event.challenges.map(({ name, response }) => `${name}:${response}`),
    deviceName: event.origin.deviceName,
    ipAddress: event.origin.address ?? '',
    requestId: event.origin.requestId,
    idpName: event.provider ?? '',
    compromisedCredentialDetected: String(event.risk.compromised),
    city: event.origin.location?.city ?? '',
    country: event.origin.location?.country ?? '',
    eventFeedbackValue: event.feedback?.value ?? '',
    eventFeedbackDate: event.feedback ? dateText(event.feedback.at) : '',
    eventFeedbackProvider: event.feedback?.provider ?? '',
    hasContextData: String(event.origin.told),
  },
  logSourceId: { userPoolId: event.poolId },
})
