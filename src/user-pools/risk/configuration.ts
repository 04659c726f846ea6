/** How a pool, or one of its clients, answers to risk: what may be said, and what holds. AWS: API_RiskConfigurationType. */
import type { RiskConfigurationType } from '@aws-sdk/client-cognito-identity-provider'
import { inRanges, readRange } from '../../protocols/networks.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { RiskDocument } from './risk-document.ts'
import type { Level } from './score.ts'
import { readRisks, type StoredRisk } from './store.ts'

export type Filter = 'SIGN_IN' | 'PASSWORD_CHANGE' | 'SIGN_UP'
export type Action = 'BLOCK' | 'MFA_IF_CONFIGURED' | 'MFA_REQUIRED' | 'NO_ACTION'

const refuse = (message: string): never => fail('InvalidParameterException', message)

/** Refuses ranges that are none, and notices without their sender. The first sentence was measured; unproved: the other. */
export function checkRisk({
  AccountTakeoverRiskConfiguration: takeover,
  RiskExceptionConfiguration: except,
}: RiskDocument) {
  for (const range of [...(except?.BlockedIPRangeList ?? []), ...(except?.SkippedIPRangeList ?? [])]) {
    if (!readRange(range)) refuse('Incorrect CIDR format')
  }
  const actions = Object.values(takeover?.Actions ?? {})
  if (actions.some(({ Notify }) => Notify) && !takeover?.NotifyConfiguration) {
    refuse('NotifyConfiguration is required when Notify is true.')
  }
}

/** Whether nothing was set: AWS then resets. */
export const isReset = (document: RiskDocument): boolean => Object.values(document).every((part) => part === undefined)

/** A client's own answers stand for the pool's altogether. unproved: that they are not mixed member by member. */
const holding = (stored: { pool: StoredRisk | undefined; client: StoredRisk | undefined }) =>
  stored.client ?? stored.pool

/** What holds for the client, or the pool; empty where nothing was set: then nothing is done about any risk. */
export const findRisk = async (world: World, poolId: string, clientId: string | undefined): Promise<RiskDocument> =>
  holding(await readRisks(world.db, poolId, clientId))?.document ?? {}

/** As DescribeRiskConfiguration answers it. */
export async function describeRisk(
  world: World,
  UserPoolId: string,
  ClientId: string | undefined,
): Promise<RiskConfigurationType> {
  const stored = holding(await readRisks(world.db, UserPoolId, ClientId))
  const document: RiskDocument = stored?.document ?? {}
  const compromised = document.CompromisedCredentialsRiskConfiguration
  return {
    UserPoolId,
    ...(ClientId !== undefined && { ClientId }),
    ...document,
    ...(compromised && {
      CompromisedCredentialsRiskConfiguration: { ...compromised, EventFilter: [...filtersOf(compromised)] },
    }),
    ...(stored && { LastModifiedDate: new Date(stored.modifiedAt) }),
  } as RiskConfigurationType
}

const every: readonly Filter[] = ['SIGN_IN', 'PASSWORD_CHANGE', 'SIGN_UP']

const filtersOf = ({ EventFilter }: NonNullable<RiskDocument['CompromisedCredentialsRiskConfiguration']>) =>
  EventFilter && EventFilter.length > 0 ? EventFilter : every

/** What is done about a breached password there; undefined where nobody looks. */
export function compromisedAction(document: RiskDocument, filter: Filter): 'BLOCK' | 'NO_ACTION' | undefined {
  const compromised = document.CompromisedCredentialsRiskConfiguration
  if (!compromised || !filtersOf(compromised).includes(filter)) return undefined
  return compromised.Actions.EventAction
}

const members = { Low: 'LowAction', Medium: 'MediumAction', High: 'HighAction' } as const

/** What is done about a sign-in of that level, and whether its user is told. */
export function takeoverAction(document: RiskDocument, level: Level): { action: Action; notify: boolean } {
  const given = document.AccountTakeoverRiskConfiguration?.Actions[members[level]]
  return { action: given?.EventAction ?? 'NO_ACTION', notify: given?.Notify ?? false }
}

/** Blocked always blocks; skipped is never judged. AWS: API_RiskExceptionConfigurationType. */
export function exceptionOf(document: RiskDocument, address: string | undefined): 'blocked' | 'skipped' | undefined {
  const except = document.RiskExceptionConfiguration
  if (!except || address === undefined) return undefined
  if (inRanges(except.BlockedIPRangeList ?? [])(address)) return 'blocked'
  return inRanges(except.SkippedIPRangeList ?? [])(address) ? 'skipped' : undefined
}
