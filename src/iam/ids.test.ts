import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { accountOfKey, temporaryKeyId, uniqueId } from './ids.ts'

const world = (account: string) => ({
  random: (bytes: number) => randomBytes(bytes),
  settings: { account } as Parameters<typeof temporaryKeyId>[0]['settings'],
})

test('a unique id is its prefix and seventeen letters of base 32', () => {
  assert.match(uniqueId(world('000000000000'), 'AROA'), /^AROA[A-Z2-7]{17}$/)
  assert.notEqual(uniqueId(world('0'), 'AROA'), uniqueId(world('0'), 'AROA'))
})

test('a temporary key id says whose account it is', () => {
  for (const account of ['000000000000', '111122223333', '999999999999']) {
    const id = temporaryKeyId(world(account))
    assert.match(id, /^ASIA[A-Z2-7]{16}$/)
    assert.equal(accountOfKey(id), account)
  }
})

test('the account of a key id is read as public tools read it', () => {
  // A published example: "A short note on AWS KEY ID", Tal Be'ery, 2023.
  assert.equal(accountOfKey('ASIAQNZGKIQY56JQ7WML'), '029608264753')
})

test('an id of another form has no account', () => {
  assert.equal(accountOfKey('AROAQAAAAAAAANDVIZBZ6'), undefined)
  assert.equal(accountOfKey('ASIA1111111111111111'), undefined)
})
