/** How far the stars of a Resource reach. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from './context.ts'
import { compileResources, matchesResource } from './statement.ts'

const queue = 'arn:aws:sqs:us-east-1:111122223333:q'
const covers = (written: string, resource = queue, entries: Parameters<typeof contextOf>[0] = {}) =>
  matchesResource(compileResources([written], false, true), resource, contextOf(entries))

test('a star inside its part of an ARN stays in it', () => {
  assert.ok(covers('arn:aws:sqs:us-*-1:111122223333:q'))
  assert.ok(!covers('arn:aws:sqs:us-*3333:q'))
  assert.ok(covers('arn:aws:sqs:us-east-?:111122223333:q'))
})

test('a star at the end of the region or the account may run on across colons', () => {
  assert.ok(covers('arn:aws:sqs:*:*:q'))
  assert.ok(covers('arn:aws:sqs:us*:q', 'arn:aws:sqs:us-east-1:1:q'))
  assert.ok(!covers('arn:aws:sqs:us*::q'))
})

test('a star at the end of an ARN may stand for the parts that are left', () => {
  for (const written of ['arn:aws:sqs:*', 'arn:aws:sqs:us-east-1:*', 'arn:aws:sqs:us-east-1:11112222*']) {
    assert.ok(covers(written))
    assert.ok(!covers(written, 'arn:aws:sns:us-east-1:111122223333:q'))
    assert.ok(!covers(written, 'arn:aws:sqs'))
    assert.ok(!covers(written, '*'))
  }
})

test('no star runs across the service', () => {
  assert.ok(covers('arn:*:sqs:us-east-1:111122223333:q'))
  assert.ok(covers('arn:aws*:sqs:us-east-1:111122223333:q', queue.replace('aws', 'aws-cn')))
  assert.ok(!covers('arn:a*:sqs:us-east-1:1:q', 'arn:aws:s3:::b:sqs:us-east-1:1:q'))
})

test('variables are known after the fifth colon only, however far a star runs', () => {
  const entries = { 'aws:username': 'q' }
  assert.ok(covers('arn:aws:sqs:*:*:${aws:username}', queue, entries))
  assert.ok(!covers('arn:aws:sqs:*:*:${aws:username}', queue, { 'aws:username': 'other' }))
  assert.ok(!covers('arn:aws:sqs:${aws:username}:1:x', 'arn:aws:sqs:q:1:x', entries))
  assert.ok(!covers('arn:aws:sqs:*:${aws:username}', 'arn:aws:sqs:us-east-1:q', entries))
})

test('a match does a bounded amount of work, wherever the stars stand', () => {
  const stars = '*a'.repeat(500)
  assert.ok(!covers(`arn:aws:sqs:*:${stars}*b`, `arn:aws:sqs:x:1:${'a'.repeat(4096)}`))
  assert.ok(covers(`arn:aws:sqs:*:${stars}*`, `arn:aws:sqs:x:1:${'a'.repeat(4096)}`))
})
