/** People with credentials of an identity pool, as SDK clients use them; and servers that stand behind the gateway. */
import { randomUUID } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GetIdCommand, SetIdentityPoolRolesCommand } from '@aws-sdk/client-cognito-identity'
import { PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { fromCognitoIdentityPool } from '@aws-sdk/credential-providers'
import type { UpstreamServer } from '../../src/world.ts'
import { addUser, loginsOf, makeIdentityPool, makeUserPool, trustingIdentities, type UserPool } from './identities.ts'
import { makeRole } from './roles.ts'
import type { TestServer } from './server.ts'

export const self = '${cognito-identity.amazonaws.com:sub}'

export type Person = {
  readonly identityId: string
  /** What a client of any service is made with. */
  readonly config: {
    readonly endpoint: string
    readonly region: string
    readonly maxAttempts: number
    readonly credentials: ReturnType<typeof fromCognitoIdentityPool>
  }
}

export type People = {
  /** Signs a new person up and in. */
  join(): Promise<Person>
  /** Replaces what they all may do. */
  allow(policy: string): Promise<void>
}

/** A user pool, an identity pool and one role for whoever joins. */
export async function makePeople(server: TestServer): Promise<People> {
  const userPool: UserPool = await makeUserPool(server)
  const poolId = await makeIdentityPool(server, [userPool])
  const role = `people-${randomUUID()}`
  const authenticated = await makeRole(server.clients, role, { trust: trustingIdentities(poolId, 'authenticated') })
  await server.clients.identity.send(
    new SetIdentityPoolRolesCommand({ IdentityPoolId: poolId, Roles: { authenticated } }),
  )
  const { endpoint } = server
  return {
    async join() {
      const name = `user-${randomUUID()}`
      await addUser(server, userPool, name)
      const logins = await loginsOf(server, userPool, name)
      const { IdentityId } = await server.clients.identity.send(
        new GetIdCommand({ IdentityPoolId: poolId, Logins: logins }),
      )
      const credentials = fromCognitoIdentityPool({
        identityPoolId: poolId,
        logins,
        clientConfig: { endpoint, region: 'us-east-1' },
      })
      return {
        identityId: IdentityId ?? '',
        config: { endpoint, region: 'us-east-1', maxAttempts: 1, credentials },
      }
    },
    async allow(PolicyDocument) {
      await server.clients.iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: 'p', PolicyDocument }))
    },
  }
}

/** A row of `--upstreams` as the product reads it. */
export const upstream = (endpoint: string, more: Partial<UpstreamServer> = {}): UpstreamServer => ({
  match: '*',
  endpoint,
  region: undefined,
  account: undefined,
  keys: { accessKeyId: 'outside', secretAccessKey: 'outside-secret' },
  style: 'path',
  trailers: true,
  connections: 16,
  connectTimeoutMs: 2_000,
  responseTimeoutMs: 2_000,
  idleTimeoutMs: 1_000,
  ...more,
})

export type Behind = { readonly url: string; close(): Promise<void> }

/** Any HTTP server on a free port of this machine. */
export async function listenBehind(what: Server | RequestListener): Promise<Behind> {
  const server = typeof what === 'function' ? createServer(what) : what
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
