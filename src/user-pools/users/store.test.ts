import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { type Db, sql } from '../../store/db.ts'
import type { Pool } from '../pools/pool.ts'
import { insertPool } from '../pools/store.ts'
import { addUser, writeAttributes } from './attributes.ts'
import { moveStatus, setPasswordState } from './confirm.ts'
import { afterPrefix } from './search.ts'
import {
  deleteUser,
  listByEnabled,
  listBySub,
  listByValue,
  readIdentifier,
  readUser,
  readUserByName,
  readUsers,
  signOut,
  staysSignedIn,
  updateUser,
} from './store.ts'
import type { User } from './user.ts'

const pool = (name: string, settings: object = {}) =>
  ({ id: `us-east-1_${name}`, region: 'us-east-1', name, settings }) as Pool

const aliases = pool('aliases', { AliasAttributes: ['email', 'phone_number', 'preferred_username'] })
const addresses = pool('addresses', { UsernameAttributes: ['email'] })
const other = pool('other')

function user(of: Pool, sub: string, attributes: Record<string, string> = {}, more: Partial<User> = {}): User {
  return {
    poolId: of.id,
    sub,
    username: `name-of-${sub}`,
    status: 'CONFIRMED',
    enabled: true,
    attributes: { sub, ...attributes },
    createdAt: 1_795_000_000_000,
    modifiedAt: 1_795_000_000_000,
    signOuts: 0,
    temporaryUntil: undefined,
    hasPassword: false,
    passwordSetAt: 0,
    ...more,
  }
}

const verified = (email: string) => ({ email, email_verified: 'true' })

eachEngine(({ open }) => {
  let db: Db
  const add = (of: Pool, made: User, force = false) =>
    db.transaction((inside) => addUser(inside, of, made, { exists: 'User already exists', force, now: 1 }))
  const write = (of: Pool, sub: string, change: Record<string, string>, force = false) =>
    db.transaction((inside) => writeAttributes(inside, of, sub, change, { now: 2, force }))
  const subOf = async (of: Pool, name: string) => (await readUserByName(db, of.id, name))?.sub

  before(async () => {
    db = await open()
    for (const one of [aliases, addresses, other]) await insertPool(db, { ...one, own: [], createdAt: 1 })
  })

  test('several users are read at once, in the order of their subs, without those that are gone', async () => {
    const many = pool('many')
    await insertPool(db, { ...many, own: [], createdAt: 1 })
    for (const sub of ['a', 'b', 'c']) await add(many, user(many, sub))
    await deleteUser(db, many.id, 'b')
    const subs = (await readUsers(db, many.id, ['c', 'b', 'a', 'none'])).map(({ sub }) => sub)
    assert.deepEqual(subs, ['c', 'a'])
    assert.deepEqual(await readUsers(db, many.id, []), [])
  })

  describe('a user', () => {
    test('comes back as it was put in', async () => {
      const made = user(
        other,
        'whole',
        { name: 'Zoë "\u{1f600}" \0', 'custom:x': '' },
        { enabled: false, status: 'UNCONFIRMED' },
      )
      await add(other, made)
      assert.deepEqual(await readUser(db, other.id, 'whole'), made)
    })

    test('is found by username and sub, in their own pool only', async () => {
      await add(other, user(other, 'found'))
      assert.equal(await subOf(other, 'name-of-found'), 'found')
      assert.equal(await subOf(other, 'found'), 'found')
      assert.equal(await subOf(aliases, 'found'), undefined)
      assert.equal(await readUser(db, aliases.id, 'found'), undefined)
    })

    test('may not take a name that is taken, and then leaves nothing behind', async () => {
      await add(other, user(other, 'first'))
      for (const username of ['name-of-first', 'first'])
        await assert.rejects(add(other, user(other, 'second', { email: 'second@b.c' }, { username })), {
          name: 'UsernameExistsException',
          message: 'User already exists',
        })
      assert.equal(await readUser(db, other.id, 'second'), undefined)
    })

    test('is gone with all their names, and frees them', async () => {
      await add(aliases, user(aliases, 'gone', verified('gone@b.c')))
      assert.equal(await deleteUser(db, aliases.id, 'gone'), true)
      assert.equal(await deleteUser(db, aliases.id, 'gone'), false)
      assert.equal(await readIdentifier(db, aliases.id, 'gone@b.c'), undefined)
      assert.deepEqual(
        await listByValue(db, aliases.id, 'email', { from: 'gone@b.c', before: undefined }, undefined, 9),
        [],
      )
      await add(aliases, user(aliases, 'heir', verified('gone@b.c'), { username: 'name-of-gone' }))
    })

    test('changes state only from the states it is asked to change from', async () => {
      await add(other, user(other, 'state', {}, { status: 'UNCONFIRMED' }))
      const moves = await Promise.all(
        Array.from({ length: 10 }, () => moveStatus(db, other.id, 'state', ['UNCONFIRMED'], 'CONFIRMED', 5)),
      )
      assert.equal(moves.filter(Boolean).length, 1)
      const now = await readUser(db, other.id, 'state')
      assert.deepEqual([now?.status, now?.modifiedAt], ['CONFIRMED', 5])
    })

    test('keeps what a password brings: status, and the end of a temporary one', async () => {
      await add(other, user(other, 'temporary'))
      const set = (temporaryUntil: number | undefined) =>
        setPasswordState(db, other.id, 'temporary', { status: 'FORCE_CHANGE_PASSWORD', temporaryUntil, now: 3 })
      await set(1_795_000_000_001)
      assert.equal((await readUser(db, other.id, 'temporary'))?.temporaryUntil, 1_795_000_000_001)
      await set(undefined)
      const now = await readUser(db, other.id, 'temporary')
      assert.deepEqual([now?.temporaryUntil, now?.hasPassword, now?.status], [undefined, true, 'FORCE_CHANGE_PASSWORD'])
      assert.equal(now?.passwordSetAt, 3)
    })

    test('is signed out as often as is asked, by however many at once', async () => {
      for (const sub of ['out', 'in']) await add(other, user(other, sub))
      await Promise.all([1, 2, 3].map(() => signOut(db, other.id, ['out'])))
      assert.equal((await readUser(db, other.id, 'out'))?.signOuts, 3)
      assert.equal((await readUser(db, other.id, 'in'))?.signOuts, 0)
    })

    test('stays signed in while nobody disables, deletes or signs them out', async () => {
      await add(other, user(other, 'stays'))
      const stays = async (signOuts: number) =>
        (await db.get(sql`select 1 where ${staysSignedIn(other.id, 'stays', signOuts)}`)) !== undefined
      assert.deepEqual([await stays(0), await stays(1)], [true, false])
      await signOut(db, other.id, ['stays'])
      assert.deepEqual([await stays(0), await stays(1)], [false, true])
      await updateUser(db, other.id, 'stays', { enabled: false })
      assert.equal(await stays(1), false)
    })
  })

  describe('an alias', () => {
    test('is a name from its verification to its change', async () => {
      await add(aliases, user(aliases, 'a1', { email: 'a1@b.c', email_verified: 'false' }))
      assert.equal(await subOf(aliases, 'a1@b.c'), undefined)
      await write(aliases, 'a1', { email_verified: 'true' })
      assert.equal(await subOf(aliases, 'a1@b.c'), 'a1')
      await write(aliases, 'a1', { email: 'a1b@b.c', email_verified: 'false' })
      assert.equal(await subOf(aliases, 'a1@b.c'), undefined)
      assert.equal(await subOf(aliases, 'a1b@b.c'), undefined)
    })

    test('dies with its attribute, and so does the verification', async () => {
      await add(aliases, user(aliases, 'a2', verified('a2@b.c')))
      await write(aliases, 'a2', { email: '' })
      assert.equal(await subOf(aliases, 'a2@b.c'), undefined)
      assert.deepEqual((await readUser(db, aliases.id, 'a2'))?.attributes, { sub: 'a2' })
    })

    test('of another is refused, and the user stays as they were', async () => {
      await add(aliases, user(aliases, 'a3', verified('a3@b.c')))
      await add(aliases, user(aliases, 'a4', { email: 'a3@b.c', email_verified: 'false' }))
      await assert.rejects(write(aliases, 'a4', { email_verified: 'true', name: 'Four' }), {
        name: 'AliasExistsException',
        message: 'An account with the given email already exists.',
      })
      const now = await readUser(db, aliases.id, 'a4')
      assert.deepEqual([now?.attributes['email_verified'], now?.attributes['name']], ['false', undefined])
    })

    test('moves by force, and its former owner keeps the address unverified', async () => {
      await add(aliases, user(aliases, 'a5', verified('a5@b.c')))
      await add(aliases, user(aliases, 'a6', verified('a5@b.c')), true)
      assert.equal(await subOf(aliases, 'a5@b.c'), 'a6')
      assert.equal((await readUser(db, aliases.id, 'a5'))?.attributes['email_verified'], 'false')
      assert.equal((await readUser(db, aliases.id, 'a5'))?.attributes['email'], 'a5@b.c')
    })

    test('never moves by force onto a username, nor a preferred_username at all', async () => {
      await add(aliases, user(aliases, 'a7', { preferred_username: 'seven' }, { username: 'sevens' }))
      await add(aliases, user(aliases, 'a8'))
      for (const taken of ['seven', 'sevens'])
        await assert.rejects(write(aliases, 'a8', { preferred_username: taken }, true), {
          name: 'AliasExistsException',
        })
      await assert.rejects(add(aliases, user(aliases, 'a9', {}, { username: 'seven' }), true), {
        name: 'UsernameExistsException',
      })
    })
  })

  describe('an address to sign in with', () => {
    test('is a name though unverified, and is one account in the pool', async () => {
      await add(addresses, user(addresses, 'u1', { email: 'u1@b.c', email_verified: 'false' }, { username: 'u1' }))
      assert.equal(await subOf(addresses, 'u1@b.c'), 'u1')
      await assert.rejects(add(addresses, user(addresses, 'u2', verified('u1@b.c'), { username: 'u2' }), true), {
        name: 'UsernameExistsException',
        message: 'An account with the given email already exists.',
      })
    })

    test('may change to a free one and not to a taken one', async () => {
      await add(addresses, user(addresses, 'u3', verified('u3@b.c'), { username: 'u3' }))
      await assert.rejects(write(addresses, 'u3', { email: 'u1@b.c' }, true), { name: 'AliasExistsException' })
      await write(addresses, 'u3', { email: 'u3b@b.c' })
      assert.deepEqual([await subOf(addresses, 'u3@b.c'), await subOf(addresses, 'u3b@b.c')], [undefined, 'u3'])
    })
  })

  test('of many who take one name at once, one gets it', async () => {
    const takers = Array.from({ length: 20 }, (_, n) =>
      add(other, user(other, `race-${n}`, {}, { username: 'wanted' })),
    )
    const outcomes = await Promise.allSettled(takers)
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.equal(outcome.reason.name, 'UsernameExistsException')
  })

  test('parallel changes of one user lose nothing', async () => {
    await add(other, user(other, 'busy'))
    await Promise.all(Array.from({ length: 10 }, (_, n) => write(other, 'busy', { [`custom:a${n}`]: 'x' })))
    assert.equal(Object.keys((await readUser(db, other.id, 'busy'))?.attributes ?? {}).length, 11)
  })

  describe('a list', () => {
    const listed = pool('listed')
    const pageThrough = async (
      read: (after: { value: string; sub: string } | undefined) => ReturnType<typeof listBySub>,
    ) => {
      const subs: string[] = []
      let after: { value: string; sub: string } | undefined
      for (;;) {
        const rows = await read(after)
        subs.push(...rows.map(({ user }) => user.sub))
        after = rows.at(-1)?.key
        if (!after) return subs
      }
    }

    before(async () => {
      await insertPool(db, { ...listed, own: [], createdAt: 1 })
      const names = ['Ann', 'ann', 'Anna', 'Bea', 'bo', 'b\u{1f600}', 'é', 'Ann', '\uffff', '']
      for (const [n, name] of names.entries())
        await add(
          listed,
          user(listed, `s${n}`, name ? { name } : {}, {
            username: `u${9 - n}`,
            enabled: n !== 3,
            status: n < 4 ? 'UNCONFIRMED' : 'CONFIRMED',
          }),
        )
    })

    test('without a filter has every user once, whatever the page', async () => {
      for (const size of [1, 3, 60])
        assert.equal(
          new Set(await pageThrough((after) => listBySub(db, listed.id, { from: '', before: undefined }, after, size)))
            .size,
          10,
        )
    })

    test('by a prefix has those of the prefix in order, once each, whatever the page', async () => {
      for (const size of [1, 2, 60]) {
        const by = (prefix: string) =>
          pageThrough((after) =>
            listByValue(db, listed.id, 'name', { from: prefix, before: afterPrefix(prefix) }, after, size),
          )
        assert.deepEqual(await by('ann'), ['s0', 's1', 's7', 's2'])
        assert.deepEqual(await by('b'), ['s3', 's4', 's5'])
        assert.deepEqual(await by(''), ['s0', 's1', 's7', 's2', 's3', 's4', 's5', 's6', 's8'])
        assert.deepEqual(await by('\u{10ffff}'), [])
      }
    })

    test('by username, status and state reads their columns', async () => {
      assert.deepEqual(
        await pageThrough((after) => listByValue(db, listed.id, 'username', { from: 'u', before: 'v' }, after, 4)),
        ['s9', 's8', 's7', 's6', 's5', 's4', 's3', 's2', 's1', 's0'],
      )
      assert.deepEqual(
        await pageThrough((after) =>
          listByValue(db, listed.id, 'cognito:user_status', { from: 'UNC', before: 'UND' }, after, 3),
        ),
        ['s0', 's1', 's2', 's3'],
      )
      assert.deepEqual(await pageThrough((after) => listByEnabled(db, listed.id, false, after, 2)), ['s3'])
    })

    test('follows a change and a deletion of the attribute', async () => {
      const by = (value: string) =>
        listByValue(db, listed.id, 'name', { from: value, before: `${value}\u0001` }, undefined, 9)
      await write(listed, 's9', { name: 'Zed' })
      assert.equal((await by('zed')).length, 1)
      await write(listed, 's9', { name: 'Zoe' })
      assert.deepEqual([(await by('zed')).length, (await by('zoe')).length], [0, 1])
      await write(listed, 's9', { name: '' })
      assert.equal((await by('zoe')).length, 0)
    })
  })
})
