/**
 * App clients: through which application a user signs in, and what it may ask. Owns the table clients. Never knows
 * users or tokens: it says how long tokens live, not what is in them.
 * AWS: API Reference, CreateUserPoolClient and its neighbours; Developer Guide, "Application-specific settings with app clients".
 */
import type { UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { forgetCustomization } from '../branding/find.ts'
import { admin, adminClient, operation } from '../doors.ts'
import { providerNames } from '../federation/find.ts'
import { requirePool } from '../pools/find.ts'
import { lowerAlphanumeric, randomText } from '../pools/random-text.ts'
import { customScopes } from '../resource-servers/scopes.ts'
import type { Client } from './client.ts'
import { clientInPool, refuseClient } from './find.ts'
import { addSecret, describeSecret, makeSecret, removeSecret } from './secrets.ts'
import { completeClient } from './settings.ts'
import { type About, checkClient } from './settings-rules.ts'
import { changeSecrets, deleteClient, insertClient, readNames, readSecrets, writeClient } from './store.ts'

const describe = (client: Client): UserPoolClientType => ({
  ...client.settings,
  UserPoolId: client.poolId,
  ClientId: client.id,
  ClientName: client.name,
  ClientSecret: client.secrets[0],
  CreationDate: new Date(client.createdAt),
  LastModifiedDate: new Date(client.modifiedAt),
})

const check = async (world: World, about: Omit<About, 'customScopes' | 'providers'>): Promise<void> =>
  checkClient({
    ...about,
    customScopes: await customScopes(world, about.pool.id),
    providers: await providerNames(world, about.pool.id),
  })

/** AWS: Quotas, "App clients per user pool". */
const mostClients = 1_000

export const CreateUserPoolClient = operation('CreateUserPoolClient', admin, async (input, { world, pool }) => {
  const { UserPoolId: _, ClientName: name, GenerateSecret, ClientSecret, ...wanted } = input
  // unproved: the sentence. AWS: API_CreateUserPoolClient, ClientSecret.
  if (GenerateSecret && ClientSecret !== undefined) {
    fail('InvalidParameterException', 'GenerateSecret and ClientSecret cannot be used together.')
  }
  const secret = GenerateSecret ? makeSecret(world) : ClientSecret
  const settings = completeClient(wanted)
  await check(world, { settings, pool, confidential: secret !== undefined, doing: 'creating' })
  const now = world.now()
  for (;;) {
    const id = randomText(world, lowerAlphanumeric, 26)
    const secrets = secret === undefined ? [] : [secret]
    const client: Client = { poolId: pool.id, id, name, settings, secrets, createdAt: now, modifiedAt: now }
    const made = await world.db.transaction(async (db) => {
      const many = await insertClient(db, world.seal, client)
      // unproved: the sentence.
      if (many !== undefined && many > mostClients)
        fail('LimitExceededException', `A user pool cannot have more than ${mostClients} app clients.`)
      return many !== undefined
    })
    if (made) return { UserPoolClient: describe(client) }
    // The id was taken, or the pool is gone since the door.
    await requirePool(world, pool.id)
  }
})

export const DescribeUserPoolClient = operation('DescribeUserPoolClient', adminClient, (_, { client }) => ({
  UserPoolClient: describe(client),
}))

/** AWS does not say how many an answer without MaxResults holds; its console pages by 60. */
const longestPage = 60

export const ListUserPoolClients = operation('ListUserPoolClients', admin, async (input, { world, pool }) => {
  const { MaxResults: limit = longestPage, NextToken, ClientType } = input
  const paging = { list: `ListUserPoolClients ${pool.id} ${ClientType ?? ''}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, NextToken) ?? []
  // Clients that registered themselves do not exist here; every client is a regular one.
  const regular = ClientType === undefined || ClientType === 'REGULAR'
  const clients = regular ? await readNames(world.db, pool.id, String(after), limit + 1) : []
  const { rows, next } = page(paging, clients, limit, ({ id }) => [id])
  return {
    UserPoolClients: rows.map(({ id, name }) => ({ ClientId: id, UserPoolId: pool.id, ClientName: name })),
    NextToken: next,
  }
})

export const UpdateUserPoolClient = operation('UpdateUserPoolClient', adminClient, async (input, context) => {
  const { world, pool, client } = context
  const { UserPoolId: _, ClientId, ClientName, ...wanted } = input
  const settings = completeClient(wanted)
  await check(world, { settings, pool, confidential: client.secrets.length > 0, doing: 'updating' })
  const changed = { poolId: pool.id, id: client.id, name: ClientName ?? client.name, settings }
  if (!(await writeClient(world.db, changed, world.now()))) refuseClient(ClientId)
  return { UserPoolClient: describe(await clientInPool(world, pool, client.id)) }
})

export const DeleteUserPoolClient = operation('DeleteUserPoolClient', adminClient, async (input, { world, pool }) => {
  if (!(await deleteClient(world.db, pool.id, input.ClientId))) refuseClient(input.ClientId)
  await forgetCustomization(world, pool, input.ClientId)
})

export const AddUserPoolClientSecret = operation('AddUserPoolClientSecret', adminClient, async (input, context) => {
  const { world, pool, client } = context
  const generated = input.ClientSecret === undefined
  const value = input.ClientSecret ?? makeSecret(world)
  const secrets = await changeSecrets(world.db, world.seal, pool.id, client.id, world.now(), (kept) =>
    addSecret(kept, { value, createdAt: world.now() }),
  )
  const [added] = secrets ?? refuseClient(client.id)
  return {
    ClientSecretDescriptor: added && {
      ...describeSecret(client.id, added),
      ...(generated && { ClientSecretValue: value }),
    },
  }
})

/** The values are never shown again. There are two at most, so that there is never a second page. */
export const ListUserPoolClientSecrets = operation('ListUserPoolClientSecrets', adminClient, async (_, context) => {
  const { world, pool, client } = context
  const secrets = (await readSecrets(world.db, world.seal, pool.id, client.id)) ?? refuseClient(client.id)
  return { ClientSecrets: secrets.map((secret) => describeSecret(client.id, secret)) }
})

export const DeleteUserPoolClientSecret = operation(
  'DeleteUserPoolClientSecret',
  adminClient,
  async ({ ClientSecretId }, { world, pool, client }) => {
    const changed = await changeSecrets(world.db, world.seal, pool.id, client.id, world.now(), (kept) =>
      removeSecret(kept, client.id, ClientSecretId),
    )
    if (!changed) refuseClient(client.id)
    return {}
  },
)

export const operations: readonly Operation[] = [
  CreateUserPoolClient,
  DescribeUserPoolClient,
  ListUserPoolClients,
  UpdateUserPoolClient,
  DeleteUserPoolClient,
  AddUserPoolClientSecret,
  ListUserPoolClientSecrets,
  DeleteUserPoolClientSecret,
]
