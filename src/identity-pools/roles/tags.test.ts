import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Proof } from '../identities/proofs.ts'
import type { TagMap } from '../pools/pool.ts'
import { principalTags } from './tags.ts'

const proof = (provider: string, claims: object): Proof => ({
  provider,
  userId: 'ann',
  clientId: 'c1',
  claims: { sub: 'ann', aud: 'c1', ...claims },
})
const tagsOf = (map: TagMap, claims: object = {}) => principalTags({ tagMaps: { p: map } }, [proof('p', claims)])

test('a provider without a map brings no tags', () => {
  assert.deepEqual(principalTags({ tagMaps: {} }, [proof('p', {})]), [])
  assert.deepEqual(principalTags({ tagMaps: { q: { UseDefaults: true } } }, [proof('p', {})]), [])
})

test('the default tags are username and client', () => {
  assert.deepEqual(tagsOf({ UseDefaults: true }), [
    { Key: 'username', Value: 'ann' },
    { Key: 'client', Value: 'c1' },
  ])
})

test('a claim becomes the tag it is mapped to; what is missing or has no single value is left out', () => {
  const PrincipalTags = { team: 'custom:team', age: 'age', groups: 'cognito:groups', gone: 'gone', odd: 'toString' }
  assert.deepEqual(tagsOf({ PrincipalTags }, { 'custom:team': 'blue', age: 7, 'cognito:groups': ['a', 'b'] }), [
    { Key: 'team', Value: 'blue' },
    { Key: 'age', Value: '7' },
  ])
  assert.deepEqual(tagsOf({ PrincipalTags: { g: 'cognito:groups' } }, { 'cognito:groups': ['a'] }), [
    { Key: 'g', Value: 'a' },
  ])
})

test('of two logins with the same tag, whatever its case, the first counts', () => {
  const tagMaps = { p: { PrincipalTags: { Team: 't' } }, q: { PrincipalTags: { team: 't' } } }
  assert.deepEqual(principalTags({ tagMaps }, [proof('q', { t: '2' }), proof('p', { t: '1' })]), [
    { Key: 'team', Value: '2' },
  ])
})

test('more than 460 bytes, and what is no value of a tag, give no credentials', () => {
  const refused = { code: 'InvalidIdentityPoolConfigurationException' }
  const PrincipalTags = { aa: 'a', bb: 'b' }
  assert.equal(tagsOf({ PrincipalTags }, { a: 'x'.repeat(228), b: 'x'.repeat(228) }).length, 2)
  assert.throws(() => tagsOf({ PrincipalTags }, { a: 'x'.repeat(228), b: 'x'.repeat(229) }), refused)
  assert.throws(() => tagsOf({ PrincipalTags }, { a: 'x*' }), refused)
})
