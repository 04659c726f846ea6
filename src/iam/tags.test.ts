import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeTags, repeatedKey, requestTagKeys } from './tags.ts'

test('a tag whose key differs in case only replaces the one before, spelling included', () => {
  const merged = mergeTags(
    [
      { Key: 'Team', Value: 'a' },
      { Key: 'x', Value: '1' },
    ],
    [{ Key: 'team', Value: 'b' }],
  )
  assert.deepEqual(merged, [
    { Key: 'x', Value: '1' },
    { Key: 'team', Value: 'b' },
  ])
})

test('keys are compared without case when repeated ones are sought', () => {
  assert.equal(repeatedKey(['a', 'B', 'b']), 'b')
  assert.equal(repeatedKey(['a', 'B']), undefined)
})

test('no tags make no condition keys, so that Null conditions see their absence', () => {
  assert.deepEqual(requestTagKeys([]), {})
  assert.deepEqual(requestTagKeys([{ Key: 'k', Value: 'v' }]), { 'aws:RequestTag/k': 'v', 'aws:TagKeys': ['k'] })
})
