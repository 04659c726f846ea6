import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mapAttributes, readClaims } from './mapping.ts'

const map = (mapping: Record<string, string>, attributes: Record<string, string | string[]>, tokens = {}) =>
  mapAttributes({ mapping }, { attributes, tokens })

describe('mapped attributes', () => {
  test('an absent claim is left alone, a blank one clears', () => {
    assert.deepEqual(map({ email: 'mail', name: 'cn' }, { cn: '' }), { name: '' })
    assert.deepEqual(map({ name: 'cn' }, { cn: [] }), { name: '' })
  })

  test('the subject is no attribute', () => assert.deepEqual(map({ username: 'sub' }, { sub: 'x' }), {}))

  test('several values are listed as AWS lists them, one value is itself', () => {
    assert.deepEqual(map({ 'custom:groups': 'g' }, { g: ['a b', 'c,d', "e'(f)~*-._"] }), {
      'custom:groups': '[a+b,c%2Cd,e%27%28f%29%7E*-._]',
    })
    assert.deepEqual(map({ 'custom:groups': 'g' }, { g: ['only one'] }), { 'custom:groups': 'only one' })
  })

  test('verified is what is said to be true, and nothing else', () => {
    const verified = (value: string) => map({ email_verified: 'v' }, { v: value })['email_verified']
    assert.deepEqual(['true', 'TRUE', 'false', '1', 'yes', ''].map(verified), [
      ...['true', 'true', 'false', 'false', 'false', 'false'],
    ])
  })

  test('the provider’s tokens can be mapped, unless a claim has their name; nothing is inherited', () => {
    const tokens = { access_token: 'a', id_token: 'i', other: 'o' }
    assert.deepEqual(map({ 'custom:a': 'access_token', 'custom:o': 'other' }, {}, tokens), { 'custom:a': 'a' })
    assert.deepEqual(map({ 'custom:a': 'access_token' }, { access_token: 'claim' }, tokens), { 'custom:a': 'claim' })
    assert.deepEqual(map({ name: 'constructor', nickname: '__proto__' }, {}), {})
  })
})

test('claims are read as text, null is left out', () => {
  assert.deepEqual(readClaims({ a: 1, b: true, c: null, d: ['x', 2], e: { f: 'g' }, h: 'i' }), {
    ...{ a: '1', b: 'true', d: ['x', '2'], e: '{"f":"g"}', h: 'i' },
  })
})
