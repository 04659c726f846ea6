/** Large and spiteful policies: matching takes no longer than reading. A matcher that goes back over its steps would never end here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from './context.ts'
import { evaluate } from './evaluate.ts'
import { parsePolicy } from './parse.ts'

const account = '000000000000'
const principal = { kind: 'user', account, arn: `arn:aws:iam::${account}:user/u`, userId: 'AIDAX' } as const
const ask = (text: string, resource: string, context = {}) =>
  evaluate(
    { action: 's3:GetObject', resource, principal, resourceAccount: account, context: contextOf(context) },
    { identity: [{ id: 'p', label: 'policy', policy: parsePolicy(text, 'identity') }] },
  )
const document = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })

test('ten thousand statements are asked to the last', { timeout: 60_000 }, () => {
  const statements = Array.from({ length: 10_000 }, (_, index) => ({
    Effect: 'Allow',
    Action: ['s3:Get*', 's3:*Object'],
    Resource: `arn:aws:s3:::bucket-${index}/*/\${aws:username}/*`,
  }))
  const text = document(statements)
  assert.equal(ask(text, 'arn:aws:s3:::bucket-9999/a/ann/b', { 'aws:username': 'ann' }).statement?.index, 9999)
  assert.equal(ask(text, 'arn:aws:s3:::bucket-10000/a/ann/b', { 'aws:username': 'ann' }).allowed, false)
})

test('a thousand stars against two thousand letters that almost fit come to an end', { timeout: 60_000 }, () => {
  const Resource = `arn:aws:s3:::b/${'*a'.repeat(1000)}*b`
  const holes = `arn:aws:s3:::b/${'*?a'.repeat(500)}*b`
  const key = 'a'.repeat(2000)
  for (const one of [Resource, holes]) {
    const text = document([{ Effect: 'Allow', Action: 's3:*', Resource: one }])
    assert.equal(ask(text, `arn:aws:s3:::b/${key}`).allowed, false)
    assert.equal(ask(text, `arn:aws:s3:::b/${key}b`).allowed, true)
  }
  const Condition = { StringLike: { 's3:prefix': `${'*a'.repeat(1000)}*b` } }
  const conditional = document([{ Effect: 'Allow', Action: `s3:${'*e'.repeat(20)}*`, Resource: '*', Condition }])
  assert.equal(ask(conditional, '*', { 's3:prefix': key }).allowed, false)
})
