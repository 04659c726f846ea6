/** The pre token generation function in its three versions: one question, one answer, whichever version the pool has. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { arnOf, callTrigger } from './call.ts'
import type { Overrides } from './claim-overrides.ts'
import type { ReadMembers } from './shape.ts'
import type { SourceOf, Text, triggers } from './table.ts'

export type TokenSource = SourceOf<'PreTokenGeneration'>

export type TokenQuestion = {
  readonly userName: string
  readonly clientId: string
  readonly userAttributes: Text
  readonly groups: {
    readonly groups: readonly string[]
    readonly roles: readonly string[]
    readonly preferredRole?: string
  }
  readonly scopes: readonly string[]
  readonly clientMetadata?: Text | undefined
}

const newer = { V2_0: 'PreTokenGenerationV2', V3_0: 'PreTokenGenerationV3' } as const

/** What the pool's function wants changed; undefined where there is no function, or it wants nothing. */
export async function askForOverrides(
  world: World,
  pool: Pool,
  source: TokenSource,
  { userName, clientId, userAttributes, groups, scopes, clientMetadata }: TokenQuestion,
): Promise<Overrides | undefined> {
  if (arnOf(pool, 'PreTokenGeneration') === undefined) return undefined
  const groupConfiguration = {
    groupsToOverride: groups.groups,
    iamRolesToOverride: groups.roles,
    preferredRole: groups.preferredRole ?? null,
  }
  const request = { userAttributes, groupConfiguration, clientMetadata }
  const version = pool.settings.LambdaConfig.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0'
  if (version === 'V2_0' || version === 'V3_0') {
    const call = { userName, clientId, request: { ...request, scopes } }
    return readNewer((await callTrigger(world, pool, newer[version], source, call))?.claimsAndScopeOverrideDetails)
  }
  const answer = await callTrigger(world, pool, 'PreTokenGeneration', source, { userName, clientId, request })
  return readFirst(answer?.claimsOverrideDetails)
}

/** The same for a machine's token, which only the third version is asked about. unproved: what stands for the user. */
export async function askForMachine(
  world: World,
  pool: Pool,
  { clientId, scopes, clientMetadata }: Pick<TokenQuestion, 'clientId' | 'scopes' | 'clientMetadata'>,
): Promise<Overrides | undefined> {
  if (pool.settings.LambdaConfig.PreTokenGenerationConfig?.LambdaVersion !== 'V3_0') return undefined
  const groupConfiguration = { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null }
  const request = { userAttributes: {}, groupConfiguration, clientMetadata, scopes }
  const answer = await callTrigger(world, pool, 'PreTokenGenerationV3', 'TokenGeneration_ClientCredentials', {
    ...{ userName: clientId, clientId, request },
  })
  return readNewer(answer?.claimsAndScopeOverrideDetails)
}

type First = ReadMembers<(typeof triggers)['PreTokenGeneration']['response']>['claimsOverrideDetails']
type Newer = ReadMembers<(typeof triggers)['PreTokenGenerationV2']['response']>['claimsAndScopeOverrideDetails']

const noScopes = { scopesToAdd: [], scopesToSuppress: [] }

/** The first version changes the ID token; of the access token only the groups. */
const readFirst = (details: First): Overrides | undefined =>
  details && {
    id: { add: details.claimsToAddOrOverride ?? {}, suppress: details.claimsToSuppress ?? [] },
    access: { add: {}, suppress: [], ...noScopes },
    groups: readGroups(details.groupOverrideDetails),
  }

const readNewer = (details: Newer): Overrides | undefined =>
  details && {
    id: {
      add: details.idTokenGeneration?.claimsToAddOrOverride ?? {},
      suppress: details.idTokenGeneration?.claimsToSuppress ?? [],
    },
    access: {
      add: details.accessTokenGeneration?.claimsToAddOrOverride ?? {},
      suppress: details.accessTokenGeneration?.claimsToSuppress ?? [],
      scopesToAdd: details.accessTokenGeneration?.scopesToAdd ?? [],
      scopesToSuppress: details.accessTokenGeneration?.scopesToSuppress ?? [],
    },
    groups: readGroups(details.groupOverrideDetails),
  }

const readGroups = (given: NonNullable<First>['groupOverrideDetails']): Overrides['groups'] =>
  given === undefined
    ? undefined
    : {
        groups: given?.groupsToOverride ?? [],
        roles: given?.iamRolesToOverride ?? [],
        preferredRole: given?.preferredRole,
      }
