/** Writing a user's attributes: the document, the names that follow from it and the search index, in one transaction. */
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { Pool } from '../pools/pool.ts'
import { identifiersOf, nameAttributes } from './names.ts'
import { indexedOf } from './search.ts'
import {
  deleteIdentifiers,
  deleteIndexed,
  type Identifier,
  insertIdentifiers,
  insertIndexed,
  insertUser,
  readIdentifier,
  readUser,
  updateUser,
} from './store.ts'
import type { User } from './user.ts'

type Attributes = Readonly<Record<string, string>>

/** `force` moves a verified e-mail address or phone number from its present owner, who keeps it unverified. */
export type Writing = { readonly now: number; readonly force?: boolean | undefined }

/** Says whose fault a taken name of a new user is. `exists` is the operation's own sentence for a taken Username. */
const refuseNew =
  (pool: Pool, exists: string) =>
  (name: Identifier): never => {
    if (name.kind === 'username') return fail('UsernameExistsException', exists)
    if (nameAttributes(pool).some((attribute) => attribute === name.kind))
      return fail('UsernameExistsException', accountExists(name.kind))
    return refuseAlias(name)
  }

/** Refuses a taken username or address early, so that it costs no password hash; addUser asks again and decides. */
export async function checkNamesFree(db: Db, pool: Pool, user: User, exists: string): Promise<void> {
  for (const name of identifiersOf(pool, user)) {
    const isName = name.kind === 'username' || nameAttributes(pool).some((attribute) => attribute === name.kind)
    if (isName && (await readIdentifier(db, pool.id, name.value))) refuseNew(pool, exists)(name)
  }
}

/** Adds a user with their names and index, inside a transaction. Refuses a name that is taken. */
export async function addUser(
  db: Db,
  pool: Pool,
  user: User,
  { exists, force, now }: Writing & { exists: string },
): Promise<void> {
  await insertUser(db, user)
  await addNames(db, pool, user.sub, identifiersOf(pool, user), { now, force }, refuseNew(pool, exists))
  await insertIndexed(db, pool.id, user.sub, indexedOf(user.attributes))
}

/**
 * Changes attributes of a user as they are at this moment, inside a transaction; an empty value deletes. Answers the
 * user before and after. Refuses a name that is another's with AliasExistsException. Schema and permissions are the
 * caller's to check.
 */
export async function writeAttributes(
  db: Db,
  pool: Pool,
  sub: string,
  change: Attributes | ((user: User) => Attributes),
  writing: Writing,
): Promise<{ before: User; after: User }> {
  const before = (await readUser(db, pool.id, sub)) ?? fail('UserNotFoundException', 'User does not exist.')
  const attributes = merge(before.attributes, typeof change === 'function' ? change(before) : change)
  const after = { ...before, attributes, modifiedAt: writing.now }
  await updateUser(db, pool.id, sub, { attributes, modifiedAt: writing.now })
  await replaceNames(db, pool, before, after, writing)
  const [old, fresh] = [indexedOf(before.attributes), indexedOf(attributes)]
  await deleteIndexed(db, pool.id, sub, without(old, fresh))
  await insertIndexed(db, pool.id, sub, without(fresh, old))
  return { before, after }
}

async function replaceNames(db: Db, pool: Pool, before: User, after: User, writing: Writing): Promise<void> {
  const [old, fresh] = [identifiersOf(pool, before), identifiersOf(pool, after)]
  const values = (names: readonly Identifier[]) => names.map(({ value }) => value)
  await deleteIdentifiers(
    db,
    pool.id,
    before.sub,
    values(old).filter((value) => !values(fresh).includes(value)),
  )
  const added = fresh.filter(({ value }) => !values(old).includes(value))
  await addNames(db, pool, before.sub, added, writing, refuseAlias)
}

async function addNames(
  db: Db,
  pool: Pool,
  sub: string,
  added: readonly Identifier[],
  { now, force }: Writing,
  refuse: (taken: Identifier) => never,
): Promise<void> {
  const taken = await insertIdentifiers(db, pool.id, sub, added)
  for (const name of taken) {
    if (!force || !(await takeAlias(db, pool, name, now))) refuse(name)
    const still = await insertIdentifiers(db, pool.id, sub, [name])
    if (still.length > 0) refuse(name)
  }
}

/** Makes the present owner's address unverified; answers whether it was an alias at all. AWS: ForceAliasCreation. */
async function takeAlias(db: Db, pool: Pool, { kind, value }: Identifier, now: number): Promise<boolean> {
  const owner = await readIdentifier(db, pool.id, value)
  const movable = kind === 'email' || kind === 'phone_number'
  if (!owner || owner.kind !== kind || !movable || nameAttributes(pool).includes(kind)) return false
  await writeAttributes(db, pool, owner.sub, { [`${kind}_verified`]: 'false' }, { now })
  return true
}

/** `sub` stays first; a deleted address takes its verification along. */
function merge(attributes: Attributes, change: Attributes): Attributes {
  const merged: Record<string, string> = { ...attributes, ...change }
  for (const [name, value] of Object.entries(change)) {
    if (value !== '') continue
    delete merged[name]
    if (name === 'email' || name === 'phone_number') delete merged[`${name}_verified`]
  }
  return merged
}

const without = <T extends { name: string; value: string }>(all: readonly T[], these: readonly T[]): T[] =>
  all.filter(({ name, value }) => !these.some((one) => one.name === name && one.value === value))

/** The dictionaries of AWS's clients and moto have this sentence; one page of AWS's has it without `given`. */
const accountExists = (kind: string) => `An account with the given ${kind} already exists.`

const refuseAlias = ({ kind }: Identifier): never => fail('AliasExistsException', accountExists(kind))
