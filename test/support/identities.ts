/** User pools with people in them, identity pools that let them in, and their tokens: for tests. */
import {
  CreateIdentityPoolCommand,
  type CreateIdentityPoolCommandInput,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { requireClient } from '../../src/user-pools/clients/find.ts'
import { beginSession } from '../../src/user-pools/tokens/issue.ts'
import { requireUser } from '../../src/user-pools/users/find.ts'
import { document, makeRole } from './roles.ts'
import type { TestServer } from './server.ts'

/** A user pool with one app client, and its names as a login provider. */
export type UserPool = { id: string; clientId: string; provider: string; issuer: string }

export async function makeUserPool({ clients: { idp }, endpoint }: TestServer): Promise<UserPool> {
  const { UserPool } = await idp.send(new CreateUserPoolCommand({ PoolName: 'people' }))
  const id = UserPool!.Id!
  const client = await idp.send(new CreateUserPoolClientCommand({ UserPoolId: id, ClientName: 'app' }))
  return {
    id,
    clientId: client.UserPoolClient!.ClientId!,
    provider: `cognito-idp.us-east-1.amazonaws.com/${id}`,
    issuer: `${endpoint.replace('http://', '')}/${id}`,
  }
}

/** Makes the user; with a password, so that they are confirmed. */
export async function addUser({ clients: { idp } }: TestServer, { id: UserPoolId }: UserPool, Username: string) {
  await idp.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' }))
  await idp.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: 'Correct-Horse-1', Permanent: true }),
  )
}

/** The tokens of a new session of the user. */
export async function tokensOf({ world }: TestServer, { clientId }: UserPool, username: string) {
  const { pool, client } = await requireClient(world, clientId)
  const tokens = await beginSession(world, { pool, client, user: await requireUser(world, pool, username) })
  return { ...tokens, IdToken: tokens.IdToken ?? '' }
}

/** The Logins map of a user who has just signed in. */
export const loginsOf = async (server: TestServer, userPool: UserPool, username: string) => ({
  [userPool.provider]: (await tokensOf(server, userPool, username)).IdToken,
})

/** An identity pool for the people of the user pools, guests included unless told. */
export async function makeIdentityPool(
  { clients: { identity } }: TestServer,
  userPools: readonly UserPool[],
  more: Partial<CreateIdentityPoolCommandInput> = {},
): Promise<string> {
  const made = await identity.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: true,
      CognitoIdentityProviders: userPools.map(({ provider, clientId }) => ({
        ProviderName: provider,
        ClientId: clientId,
      })),
      ...more,
    }),
  )
  return made.IdentityPoolId!
}

const cognito = 'cognito-identity.amazonaws.com'

/** A trust policy for the identities of one pool. */
export const trustingIdentities = (
  poolId: string,
  amr: 'authenticated' | 'unauthenticated',
  actions: string[] = ['sts:AssumeRoleWithWebIdentity'],
) =>
  document({
    Effect: 'Allow',
    Principal: { Federated: cognito },
    Action: actions,
    Condition: {
      StringEquals: { [`${cognito}:aud`]: poolId },
      'ForAnyValue:StringLike': { [`${cognito}:amr`]: amr },
    },
  })

let roles = 0

/** Gives the pool a role for users and one for guests, with these policies, and answers their ARNs. */
export async function giveRoles(
  { clients }: TestServer,
  IdentityPoolId: string,
  policies: { user?: string; guest?: string } = {},
) {
  const role = (amr: 'authenticated' | 'unauthenticated', policy: string | undefined) =>
    makeRole(clients, `${amr}-${++roles}`, {
      trust: trustingIdentities(IdentityPoolId, amr),
      ...(policy && { policy }),
    })
  const authenticated = await role('authenticated', policies.user)
  const unauthenticated = await role('unauthenticated', policies.guest)
  const Roles = { authenticated, unauthenticated }
  await clients.identity.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }))
  return Roles
}
