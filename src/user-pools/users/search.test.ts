import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pool } from '../pools/pool.ts'
import { afterPrefix, enabledBy, indexedOf, rangeOf, readFilter } from './search.ts'

const pool = (settings: object = {}) => ({ id: 'us-east-1_a', settings }) as Pool

describe('a filter', () => {
  test('is an attribute, an operator and a quoted value, with or without spaces', () => {
    const email = { name: 'email', value: 'a@b.c', prefix: false }
    for (const text of ['email = "a@b.c"', 'email="a@b.c"', '  "email"  =  "a@b.c"  '])
      assert.deepEqual(readFilter(text), email, text)
    assert.deepEqual(readFilter('name ^= "Jo"'), { name: 'name', value: 'Jo', prefix: true })
    assert.deepEqual(readFilter('"cognito:user_status"^="CONF"'), {
      name: 'cognito:user_status',
      value: 'CONF',
      prefix: true,
    })
  })

  test('may be empty, which is none', () => {
    for (const text of [undefined, '', '  ']) assert.equal(readFilter(text), undefined)
  })

  test('may hold quotes and backslashes, escaped', () => {
    assert.equal(readFilter(String.raw`name = "a \"b\" \\ c"`)?.value, String.raw`a "b" \ c`)
    assert.equal(readFilter('name = ""')?.value, '')
  })

  test('of another form is refused', () => {
    const sentence = { name: 'InvalidParameterException', message: 'Error while parsing filter.' }
    for (const text of [
      'email',
      'email = a',
      "email = 'a'",
      'email = "a',
      'email = "a" and name = "b"',
      'email = "a" "b"',
      'email == "a"',
      'email ^ "a"',
      '"email = "a"',
      'email" = "a"',
      '= "a"',
      'email = "a\\"',
      'email = "a""',
    ])
      assert.throws(() => readFilter(text), sentence, text)
  })

  test('on an attribute that is not searchable is refused', () => {
    for (const name of ['custom:team', 'address', 'Email', '__proto__'])
      assert.throws(() => readFilter(`${name} = "a"`), {
        name: 'InvalidParameterException',
        message: `Invalid search attribute: ${name}`,
      })
  })
})

describe('a range', () => {
  test('of a prefix holds all that begins with it and nothing else', () => {
    const within = (prefix: string, value: string) => {
      const end = afterPrefix(prefix)
      const bytes = (text: string) => Buffer.from(text)
      return bytes(value).compare(bytes(prefix)) >= 0 && (end === undefined || bytes(value).compare(bytes(end)) < 0)
    }
    const top = String.fromCodePoint(0x10ffff)
    const prefixes = ['a', 'ab', 'é', 'z\u{1f600}', '\ud7ff', '\uffff', top, `a${top}`, '']
    const values = [
      '',
      'a',
      'aa',
      'ab',
      'abc',
      'b',
      'é',
      'éz',
      'z\u{1f600}!',
      'z\u{1f601}',
      '\ud7ffx',
      '\ue000',
      '\uffffx',
      `${top}x`,
      `a${top}x`,
    ]
    for (const prefix of prefixes)
      for (const value of values)
        assert.equal(within(prefix, value), value.startsWith(prefix), JSON.stringify([prefix, value]))
  })

  test('of a value is that value alone', () => {
    const { from, before } = rangeOf(pool(), { name: 'name', value: 'Ann', prefix: false })
    assert.equal(from, 'ann')
    assert.ok('ann' < (before ?? '') && 'ann ' > (before ?? '') && 'anna' > (before ?? ''))
  })

  test('is folded as the attribute is stored', () => {
    const from = (name: string, value: string, of = pool()) => rangeOf(of, { name, value, prefix: true }).from
    assert.equal(from('email', 'BOB@'), 'bob@')
    assert.equal(from('cognito:user_status', 'confirmed'), 'CONFIRMED')
    assert.equal(from('username', 'Bob'), 'Bob')
    assert.equal(from('username', 'Bob', pool({ UsernameConfiguration: { CaseSensitive: false } })), 'bob')
  })

  test('and an index entry hold nothing that a database would refuse', () => {
    const [entry] = indexedOf({ name: `A\0\ud800${'\u{1f600}'.repeat(1024)}` })
    assert.ok(entry && !entry.value.includes('\0') && entry.value.isWellFormed() && entry.value.length <= 512)
    assert.ok(rangeOf(pool(), { name: 'username', value: '\0\ud800', prefix: true }).from.isWellFormed())
  })
})

test('status asks for those who may sign in or those who may not, with regard to case', () => {
  const asked = (value: string, prefix: boolean) => enabledBy({ name: 'status', value, prefix })
  assert.deepEqual(asked('Enabled', false), [true])
  assert.deepEqual(asked('Dis', true), [false])
  assert.deepEqual(asked('', true), [true, false])
  assert.deepEqual(asked('enabled', false), [])
})
