import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pool } from '../pools/pool.ts'
import { identifiersOf } from './names.ts'
import { newUser, readUsername } from './new-user.ts'
import { canonicalName } from './username.ts'

const pool = (settings: object) => ({ id: 'us-east-1_a', settings }) as Pool
const exact = pool({})
const folded = pool({ UsernameConfiguration: { CaseSensitive: false } })

describe('a canonical name', () => {
  test('tells case apart only where the pool does', () => {
    assert.notEqual(canonicalName(exact, 'Bob'), canonicalName(exact, 'bob'))
    assert.equal(canonicalName(folded, 'BOB@Example.COM'), 'bob@example.com')
  })

  test('is the same for composed and decomposed spelling', () => {
    for (const where of [exact, folded])
      assert.equal(canonicalName(where, 'e\u0301ve'), canonicalName(where, '\u00e9ve'))
  })

  test('never turns a look-alike into another name: full-width, ligatures, Cyrillic', () => {
    for (const [alike, name] of [
      ['ａdmin', 'admin'],
      ['bob＠example.com', 'bob@example.com'],
      ['ﬁona', 'fiona'],
      ['аdmin', 'admin'],
      ['admın', 'admin'],
    ] as const)
      for (const where of [exact, folded]) assert.notEqual(canonicalName(where, alike), canonicalName(where, name))
  })

  test('is its own canonical name', () => {
    for (const name of ['İstanbul', 'ΟΔΥΣΣΕΥΣ', 'Straße', 'ǅ', '\u212b', 'e\u0301', '\ud800x'])
      for (const where of [exact, folded])
        assert.equal(canonicalName(where, canonicalName(where, name)), canonicalName(where, name))
  })
})

describe('the names of a user', () => {
  const names = (settings: object, attributes: Record<string, string>, username = 'bob') =>
    identifiersOf(pool(settings), { sub: 's', username, attributes }).map(({ kind }) => kind)

  test('are username and sub', () => {
    assert.deepEqual(names({}, { email: 'a@b.c', email_verified: 'true' }), ['username', 'sub'])
  })

  test('hold an alias only while it is verified', () => {
    const settings = { AliasAttributes: ['email', 'preferred_username'] }
    assert.deepEqual(names(settings, { email: 'a@b.c', email_verified: 'false' }), ['username', 'sub'])
    assert.deepEqual(
      names(settings, { email: 'a@b.c', email_verified: 'true', phone_number: '+12', phone_number_verified: 'true' }),
      ['username', 'sub', 'email'],
    )
    assert.deepEqual(names(settings, { preferred_username: 'bobby' }), ['username', 'sub', 'preferred_username'])
  })

  test('hold a username attribute whether verified or not, and the sub once', () => {
    assert.deepEqual(names({ UsernameAttributes: ['email'] }, { email: 'a@b.c', email_verified: 'false' }, 's'), [
      'username',
      'email',
    ])
  })
})

describe('a new Username', () => {
  const refused = (settings: object, username: string, message: string, attributes = {}) =>
    assert.throws(() => readUsername(pool(settings), username, attributes), {
      name: 'InvalidParameterException',
      message,
    })

  test('must be an address where the pool signs in by address', () => {
    refused({ UsernameAttributes: ['email'] }, '+12065550100', 'Username should be an email.')
    refused({ UsernameAttributes: ['phone_number'] }, 'a@b.c', 'Username should be a phone number.')
    refused(
      { UsernameAttributes: ['email', 'phone_number'] },
      'bob',
      'Username should be either an email or a phone number.',
    )
  })

  test('must not look like an alias', () => {
    refused(
      { AliasAttributes: ['email'] },
      'a@b.c',
      'Username cannot be of email format, since user pool is configured for email alias.',
    )
    refused(
      { AliasAttributes: ['phone_number'] },
      '+12065550100',
      'Username cannot be of phone number format, since user pool is configured for phone_number alias.',
    )
  })

  test('becomes the attribute, and must not contradict it', () => {
    const settings = { UsernameAttributes: ['email', 'phone_number'] }
    assert.deepEqual(readUsername(pool(settings), 'a@b.c', { name: 'A' }), { name: 'A', email: 'a@b.c' })
    assert.deepEqual(readUsername(pool(settings), '+12065550100', {}), { phone_number: '+12065550100' })
    refused(settings, 'a@b.c', 'The email attribute must be the same as the username.', { email: 'other@b.c' })
  })

  test('is kept as given, in lower case, or as the sub, by the pool', () => {
    const world = { random: () => Buffer.alloc(16, 0xff), now: () => 1 } as never
    const made = (of: Pool) => newUser(world, of, 'Bob', {}, 'CONFIRMED')
    assert.equal(made(exact).username, 'Bob')
    assert.equal(made(folded).username, 'bob')
    assert.equal(made(pool({ UsernameAttributes: ['email'] })).username, 'ffffffff-ffff-4fff-bfff-ffffffffffff')
  })
})
