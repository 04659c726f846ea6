/** Pools with an app client, and people in them, for tests that speak to the product from outside. */
import assert from 'node:assert/strict'
import {
  AdminCreateUserCommand,
  type AdminCreateUserCommandInput,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { clientInPool } from '../../src/user-pools/clients/find.ts'
import { requirePool } from '../../src/user-pools/pools/find.ts'
import { beginSession } from '../../src/user-pools/tokens/issue.ts'
import { requireUser } from '../../src/user-pools/users/find.ts'
import type { TestServer } from './server.ts'

export const password = 'Passw0rd!'

export type TestPool = {
  readonly id: string
  readonly clientId: string
  /** An enabled, confirmed user with the password above. */
  add(
    username: string,
    attributes?: Record<string, string>,
    more?: Partial<AdminCreateUserCommandInput>,
  ): Promise<string>
  /** An access token of the user's, of a session begun now. */
  tokenOf(username: string, clientId?: string): Promise<string>
  /** The user as an administrator sees them. */
  look(username: string): Promise<{
    status: string | undefined
    enabled: boolean | undefined
    username: string | undefined
    attributes: Record<string, string>
  }>
  /** Another app client. */
  addClient(settings?: Partial<CreateUserPoolClientCommandInput>): Promise<string>
}

export const list = (attributes: Record<string, string>) =>
  Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }))

/** A pool and a client as the settings say; the client knows every flow. */
export async function makePool(
  { clients: { idp }, world }: Pick<TestServer, 'clients' | 'world'>,
  settings: Partial<CreateUserPoolCommandInput> = {},
  client: Partial<CreateUserPoolClientCommandInput> = {},
): Promise<TestPool> {
  const { UserPool } = await idp.send(new CreateUserPoolCommand({ PoolName: 'people', ...settings }))
  const id = UserPool?.Id ?? assert.fail('no pool')
  const addClient = async (more: Partial<CreateUserPoolClientCommandInput> = {}) => {
    const made = await idp.send(new CreateUserPoolClientCommand({ UserPoolId: id, ClientName: 'app', ...more }))
    return made.UserPoolClient?.ClientId ?? assert.fail('no client')
  }
  const clientId = await addClient(client)
  return {
    id,
    clientId,
    addClient,
    async add(username, attributes = {}, more = {}) {
      const UserAttributes = list(attributes)
      const { User } = await idp.send(
        new AdminCreateUserCommand({
          UserPoolId: id,
          Username: username,
          UserAttributes,
          MessageAction: 'SUPPRESS',
          ...more,
        }),
      )
      const Username = User?.Username ?? assert.fail('no user')
      await idp.send(new AdminSetUserPasswordCommand({ UserPoolId: id, Username, Password: password, Permanent: true }))
      return User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? assert.fail('no sub')
    },
    async tokenOf(username, through = clientId) {
      const pool = await requirePool(world, id)
      const [user, client] = [await requireUser(world, pool, username), await clientInPool(world, pool, through)]
      return (await beginSession(world, { pool, client, user })).AccessToken
    },
    async look(username) {
      const found = await idp.send(new AdminGetUserCommand({ UserPoolId: id, Username: username }))
      const attributes = Object.fromEntries((found.UserAttributes ?? []).map(({ Name, Value = '' }) => [Name, Value]))
      return { status: found.UserStatus, enabled: found.Enabled, username: found.Username, attributes }
    },
  }
}

/** An unsigned or signed call that must be refused, with exactly this code and sentence. */
export async function refused(call: Promise<unknown>, name: string, message?: string | RegExp): Promise<void> {
  await assert.rejects(call, (error: Error) => {
    assert.equal(error.name, name, error.message)
    if (typeof message === 'string') assert.equal(error.message, message)
    else if (message) assert.match(error.message, message)
    return true
  })
}
