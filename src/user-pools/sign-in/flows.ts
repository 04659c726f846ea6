/** How a sign-in may begin: each AuthFlow a row. */
import type { AuthFlowType } from '@aws-sdk/client-cognito-identity-provider'
import type { AllowedFlow } from '../clients/client.ts'
import { startChoice } from './choice.ts'
import { startPassword } from './password.ts'
import type { Given } from './progress.ts'
import { startRefresh } from './refresh.ts'
import { startSrp } from './srp.ts'
import { startCustom } from './start-custom.ts'
import type { Family, Turn, Verdict } from './turn.ts'

export type Flow = {
  readonly families: readonly Family[]
  readonly allowedBy: AllowedFlow
  /** In the order in which missing ones are refused. */
  readonly needs: readonly string[]
  start(turn: Turn, given: Given): Promise<Verdict>
}

const refresh: Flow = {
  families: ['public', 'admin'],
  allowedBy: 'ALLOW_REFRESH_TOKEN_AUTH',
  needs: ['REFRESH_TOKEN'],
  start: startRefresh,
}

const adminPassword: Flow = {
  families: ['admin'],
  allowedBy: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  needs: ['USERNAME', 'PASSWORD'],
  start: startPassword,
}

export const flows: Record<AuthFlowType, Flow> = {
  USER_SRP_AUTH: {
    families: ['public', 'admin'],
    allowedBy: 'ALLOW_USER_SRP_AUTH',
    needs: ['USERNAME', 'SRP_A'],
    start: startSrp,
  },
  USER_PASSWORD_AUTH: {
    families: ['public'],
    allowedBy: 'ALLOW_USER_PASSWORD_AUTH',
    needs: ['USERNAME', 'PASSWORD'],
    start: startPassword,
  },
  ADMIN_USER_PASSWORD_AUTH: adminPassword,
  ADMIN_NO_SRP_AUTH: adminPassword,
  USER_AUTH: {
    families: ['public', 'admin'],
    allowedBy: 'ALLOW_USER_AUTH',
    needs: [],
    start: startChoice,
  },
  CUSTOM_AUTH: {
    families: ['public', 'admin'],
    allowedBy: 'ALLOW_CUSTOM_AUTH',
    needs: ['USERNAME'],
    start: startCustom,
  },
  REFRESH_TOKEN_AUTH: refresh,
  REFRESH_TOKEN: refresh,
}
