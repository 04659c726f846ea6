/** What a resource server is, which ones are refused, and how its scopes are written in tokens. AWS: Developer Guide, "Scopes, M2M, and resource servers". */
import type { ResourceServerType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'

export type Scope = { readonly ScopeName: string; readonly ScopeDescription: string }

export type ResourceServer = {
  readonly poolId: string
  readonly identifier: string
  readonly name: string
  readonly scopes: readonly Scope[]
}

/** AWS: Quotas, "Resource servers per user pool". */
export const mostServers = 25

/** In AWS's ResourceServerType. */
export const describeServer = (server: ResourceServer): ResourceServerType => ({
  UserPoolId: server.poolId,
  Identifier: server.identifier,
  Name: server.name,
  Scopes: server.scopes.map((scope) => ({ ...scope })),
})

/** The scopes as clients ask for them and tokens carry them: `identifier/name`. */
export const scopeTexts = ({ identifier, scopes }: Pick<ResourceServer, 'identifier' | 'scopes'>): string[] =>
  scopes.map(({ ScopeName }) => `${identifier}/${ScopeName}`)

/** unproved: that AWS refuses a name given twice, and its sentence; in a token the two could not be told apart. */
export function checkScopes(scopes: readonly Scope[]): void {
  const names = new Set<string>()
  for (const { ScopeName } of scopes) {
    if (names.has(ScopeName)) fail('InvalidParameterException', `Duplicate scope name: ${ScopeName}`)
    names.add(ScopeName)
  }
}
