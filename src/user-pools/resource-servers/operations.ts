/**
 * Resource servers: the APIs a pool issues access tokens for, and the scopes they understand. Owns the table
 * resource_servers. Never knows which client has which scope, nor who holds a token.
 * AWS: API Reference, CreateResourceServer and its neighbours; Developer Guide, "Scopes, M2M, and resource servers".
 */
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import { admin, operation } from '../doors.ts'
import { checkScopes, describeServer, mostServers, type ResourceServer } from './resource-server.ts'
import * as store from './store.ts'

const refuseServer = (identifier: string): never =>
  fail('ResourceNotFoundException', `Resource server ${identifier} does not exist.`)

export const CreateResourceServer = operation('CreateResourceServer', admin, async (input, { world, pool }) => {
  const { Identifier: identifier, Name: name, Scopes: scopes = [] } = input
  checkScopes(scopes)
  const server: ResourceServer = { poolId: pool.id, identifier, name, scopes }
  const made = await store.insertServer(world.db, server, mostServers)
  if (made === 'taken') fail('InvalidParameterException', `${identifier} already exists in user pool ${pool.id}.`)
  // unproved: the sentence.
  if (made === 'full')
    fail('LimitExceededException', `A user pool cannot have more than ${mostServers} resource servers.`)
  return { ResourceServer: describeServer(server) }
})

export const DescribeResourceServer = operation(
  'DescribeResourceServer',
  admin,
  async ({ Identifier }, { world, pool }) => {
    const server = await store.readServer(world.db, pool.id, Identifier)
    return { ResourceServer: describeServer(server ?? refuseServer(Identifier)) }
  },
)

/** As many as a request may ask for; AWS does not say what it answers without MaxResults. */
const longestPage = 50

export const ListResourceServers = operation('ListResourceServers', admin, async (input, { world, pool }) => {
  const { MaxResults: limit = longestPage, NextToken } = input
  const paging = { list: `ListResourceServers ${pool.id}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, NextToken) ?? []
  const servers = await store.readServers(world.db, pool.id, String(after), limit + 1)
  const { rows, next } = page(paging, servers, limit, ({ identifier }) => [identifier])
  return { ResourceServers: rows.map(describeServer), NextToken: next }
})

/** Replaces all of it: scopes left out are gone. Tokens issued before keep theirs until they expire. */
export const UpdateResourceServer = operation('UpdateResourceServer', admin, async (input, { world, pool }) => {
  const { Identifier: identifier, Name: name, Scopes: scopes = [] } = input
  checkScopes(scopes)
  const server: ResourceServer = { poolId: pool.id, identifier, name, scopes }
  if (!(await store.writeServer(world.db, server))) refuseServer(identifier)
  return { ResourceServer: describeServer(server) }
})

/** unproved: clients keep naming its scopes; no new token carries them. */
export const DeleteResourceServer = operation(
  'DeleteResourceServer',
  admin,
  async ({ Identifier }, { world, pool }) => {
    if (!(await store.deleteServer(world.db, pool.id, Identifier))) refuseServer(Identifier)
  },
)

export const operations: readonly Operation[] = [
  CreateResourceServer,
  DescribeResourceServer,
  ListResourceServers,
  UpdateResourceServer,
  DeleteResourceServer,
]
