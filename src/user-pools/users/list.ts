/** A page of a pool's users: each filter is the range of one index, each page goes on by key. AWS: API_ListUsers. */
import { fail } from '../../wire/errors.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { enabledBy, type Filter, rangeOf, readFilter } from './search.ts'
import { type After, listByEnabled, listBySub, listByValue } from './store.ts'
import { describeUser, type User } from './user.ts'

const mostUsers = 60

type Asked = {
  readonly Filter?: string | undefined
  readonly Limit?: number | undefined
  readonly PaginationToken?: string | undefined
  readonly AttributesToGet?: readonly string[] | undefined
}

export async function listUsers(world: World, pool: Pool, asked: Asked) {
  const filter = readFilter(asked.Filter)
  const limit = asked.Limit || mostUsers
  const paging = { list: JSON.stringify(['ListUsers', pool.id, filter ?? null]), seal: world.seal, now: world.now() }
  const [value, sub] = readPage(paging, asked.PaginationToken) ?? []
  const after = sub === undefined ? undefined : { value: String(value), sub: String(sub) }
  const { rows, next } = page(paging, await read(world, pool, filter, after, limit + 1), limit, ({ key }) => [
    key.value,
    key.sub,
  ])
  return { Users: rows.map(({ user }) => show(user, asked.AttributesToGet)), PaginationToken: next }
}

async function read(world: World, pool: Pool, filter: Filter | undefined, after: After | undefined, limit: number) {
  if (!filter) return listBySub(world.db, pool.id, { from: '', before: undefined }, after, limit)
  if (filter.name === 'status') {
    const wanted = enabledBy(filter)
    if (wanted.length === 2) return listBySub(world.db, pool.id, { from: '', before: undefined }, after, limit)
    return wanted[0] === undefined ? [] : listByEnabled(world.db, pool.id, wanted[0], after, limit)
  }
  const range = rangeOf(pool, filter)
  if (filter.name === 'sub') return listBySub(world.db, pool.id, range, after, limit)
  return listByValue(world.db, pool.id, filter.name, range, after, limit)
}

/** AWS refuses to leave a hole: every user of the page must have what is asked for. unproved: the sentence. */
function show(user: User, wanted: readonly string[] | undefined) {
  const described = describeUser(user)
  if (!wanted) return described
  const missing = wanted.find((name) => user.attributes[name] === undefined)
  if (missing !== undefined)
    return fail('InvalidParameterException', `Some users do not have the requested attribute ${missing}.`)
  return { ...described, Attributes: described.Attributes.filter(({ Name }) => wanted.includes(Name)) }
}
