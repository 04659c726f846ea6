/** The rules of delegation: how a template becomes a policy, how a request lives, and what its summary says. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parsePolicy } from '../policy/parse.ts'
import { boundariesOf, requireBoundaries } from './permissions.ts'
import type { DelegationRequest, Wish } from './request.ts'
import { expiryOf, type Living, type Move, nextState, type State, stateAt } from './states.ts'
import { summarize } from './summary.ts'
import { type Parameter, renderTemplate } from './template.ts'
import { readDelegationTemplates } from './templates.ts'

const template = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const read = (Resource: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Action: ['s3:GetObject'],
  Resource,
  ...more,
})
const text = (name: string, value: string): Parameter => ({ name, values: [value], list: false })
const list = (name: string, ...values: string[]): Parameter => ({ name, values, list: true })
const refused = (message: RegExp) => ({ name: 'InvalidInputException', message })

describe('a policy template', () => {
  test('has its texts replaced, and its lists expanded to every combination, as the examples of AWS have it', () => {
    assert.equal(
      renderTemplate(template(read('arn:aws:s3:::@{bucketName}/*')), [text('bucketName', 'customer-data-bucket')]),
      template(read('arn:aws:s3:::customer-data-bucket/*')),
    )
    assert.equal(
      renderTemplate(template(read('arn:aws:s3:::@{bucketNames}/@{prefix}/*')), [
        list('bucketNames', 'bucket-1', 'bucket-2'),
        text('prefix', 'data'),
      ]),
      template(read(['arn:aws:s3:::bucket-1/data/*', 'arn:aws:s3:::bucket-2/data/*'])),
    )
    assert.equal(
      renderTemplate(template(read(['arn:aws:s3:::@{names}', 'arn:aws:s3:::c'])), [list('names', 'a', 'b')]),
      template(read(['arn:aws:s3:::a', 'arn:aws:s3:::b', 'arn:aws:s3:::c'])),
    )
  })

  test('keeps or drops statements by @Enabled', () => {
    const conditional = template(read('*'), read('arn:aws:s3:::@{bucket}/*', { '@Enabled': 'ENABLE_WRITE' }))
    const parameters = (enabled: string) => [text('bucket', 'b'), text('ENABLE_WRITE', enabled)]
    assert.equal(renderTemplate(conditional, parameters('True')), template(read('*'), read('arn:aws:s3:::b/*')))
    assert.equal(renderTemplate(conditional, parameters('False')), template(read('*')))
    const negated = template(read('*'), read('x', { '@Enabled': '!ENABLE_WRITE' }))
    assert.equal(renderTemplate(negated, [text('ENABLE_WRITE', 'no')]), template(read('*'), read('x')))
    assert.equal(renderTemplate(negated, [text('ENABLE_WRITE', 'True')]), template(read('*')))
  })

  test('takes values as text: none adds a statement, and none is read as a parameter', () => {
    const value = '","Effect":"Allow","Action":"*","x":"@{other}'
    const rendered = renderTemplate(template(read('arn:aws:s3:::@{bucket}/@{other}')), [
      text('bucket', value),
      text('other', 'k'),
    ])
    assert.deepEqual(JSON.parse(rendered).Statement, [read(`arn:aws:s3:::${value}/k`)])
  })

  test('refuses parameters that are missing, unknown, given twice or without a value, and policies that grow too long', () => {
    const one = template(read('arn:aws:s3:::@{bucket}/*'))
    assert.throws(() => renderTemplate(one, []), refused(/needs the parameter bucket/))
    assert.throws(() => renderTemplate(one, [text('bucket', 'b'), text('other', 'x')]), refused(/no parameter other/))
    assert.throws(() => renderTemplate(one, [text('bucket', 'b'), text('bucket', 'c')]), refused(/twice/))
    assert.throws(() => renderTemplate(one, [list('bucket')]), refused(/0 values/))
    assert.throws(() => renderTemplate(one, [{ name: 'bucket', values: ['a', 'b'], list: false }]), refused(/2 values/))
    assert.throws(() => renderTemplate(one, [text('bucket', 'b'.repeat(2048))]), refused(/2048 characters/))
    const many = Array.from({ length: 30 }, (_, index) => `${index}`)
    const product = template(read('arn:aws:s3:::@{first}@{second}@{third}'))
    const lists = ['first', 'second', 'third'].map((name) => list(name, ...many))
    assert.throws(() => renderTemplate(product, lists), refused(/too many combinations/))
    assert.throws(() => renderTemplate(template(read('*', { '@Enabled': '' })), []), refused(/names no parameter/))
  })

  test('must bound the roles that it lets make', () => {
    const policy = (...statements: object[]) => parsePolicy(template(...statements), 'session')
    const making = (Action: string, Condition?: object) =>
      policy({ ...read('*'), Action, ...(Condition && { Condition }) })
    const boundary = 'arn:aws:iam::000000000000:policy/Bound'
    for (const action of ['iam:CreateRole', 'iam:*', '*', 'iam:Put*']) {
      assert.throws(() => requireBoundaries(making(action)), refused(/PermissionsBoundary/), action)
    }
    assert.throws(() =>
      requireBoundaries(making('iam:CreateRole', { StringNotEquals: { 'iam:PermissionsBoundary': 'x' } })),
    )
    assert.throws(() =>
      requireBoundaries(making('iam:CreateRole', { StringEqualsIfExists: { 'iam:PermissionsBoundary': boundary } })),
    )
    for (const any of ['*', 'arn:aws:iam::000000000000:policy/?', 'arn:aws:iam::000000000000:policy/${aws:username}']) {
      const loose = making('iam:CreateRole', { ArnLike: { 'iam:PermissionsBoundary': [boundary, any] } })
      assert.throws(() => requireBoundaries(loose), refused(/PermissionsBoundary/), any)
    }
    const bounded = making('iam:CreateRole', { StringEquals: { 'iam:PermissionsBoundary': boundary } })
    requireBoundaries(bounded)
    assert.deepEqual(boundariesOf(bounded), [boundary])
    requireBoundaries(making('s3:*'))
  })

  test('is registered by a setting, whose faults are named', () => {
    const row = { arn: 'arn:aws:iam::aws:delegation-template/x', requestor: 'Partner', policy: { Statement: [] } }
    const given = (...rows: object[]) => readDelegationTemplates(JSON.stringify(rows))
    assert.deepEqual(given(row), [{ ...row, policy: '{"Statement":[]}' }])
    assert.deepEqual(readDelegationTemplates(undefined), [])
    assert.throws(() => readDelegationTemplates('{}'), /must be a list/)
    assert.throws(() => given({ ...row, arn: 'short' }), /row 1: 'arn' must be an ARN/)
    assert.throws(() => given(row, { ...row, requestor: 'x'.repeat(31) }), /row 2: 'requestor' must have 30/)
    assert.throws(() => given({ ...row, policy: {} }), /row 1: policy: 'Statement' is missing/)
    assert.throws(() => given({ ...row, extra: 'x' }), /'extra' is none of/)
  })
})

describe('the life of a request', () => {
  const states: State[] = [
    ...(['UNASSIGNED', 'ASSIGNED', 'PENDING_APPROVAL', 'ACCEPTED'] as const),
    ...(['FINALIZED', 'REJECTED', 'EXPIRED'] as const),
  ]

  test('has these moves and no others', () => {
    const allowed: Record<Move, State[]> = {
      associate: ['UNASSIGNED'],
      forward: ['ASSIGNED', 'PENDING_APPROVAL'],
      accept: ['ASSIGNED', 'PENDING_APPROVAL'],
      reject: ['ASSIGNED', 'PENDING_APPROVAL', 'ACCEPTED'],
      release: ['ACCEPTED'],
    }
    for (const [move, from] of Object.entries(allowed) as [Move, State[]][]) {
      for (const state of states) {
        if (from.includes(state)) assert.notEqual(nextState(move, state), 'EXPIRED')
        else assert.throws(() => nextState(move, state), { name: 'ValidationError' }, `${move} ${state}`)
      }
    }
  })

  test('ends a day after nobody took it, and seven days after anything else', () => {
    const day = 86_400_000
    for (const state of states.filter((one): one is Living => one !== 'EXPIRED')) {
      const ends = expiryOf(state, 1000)
      assert.equal(ends, 1000 + (state === 'UNASSIGNED' ? day : 7 * day))
      assert.equal(stateAt(state, ends, ends - 1), state)
      assert.equal(stateAt(state, ends, ends), 'EXPIRED')
    }
  })
})

test('the summary says who asks, for how long, what is allowed under which condition, and what never is', () => {
  const document = template(read('arn:aws:s3:::photos/*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }), {
    Effect: 'Deny',
    NotAction: 's3:*',
    Resource: '*',
  })
  const wish = { requestorName: 'Photo Partner', sessionSeconds: 5400 } as Wish
  assert.equal(
    summarize({ wish } as DelegationRequest, parsePolicy(document, 'session'), ['arn:aws:iam::1:policy/B']),
    [
      'Photo Partner asks to act for 90 minutes with the permissions of whoever approves, as far as these go. It may:',
      '- s3:GetObject on arn:aws:s3:::photos/*, if aws:SecureTransport Bool true.',
      'It may never:',
      '- everything but s3:* on any resource.',
      'Roles that it makes are bounded by arn:aws:iam::1:policy/B, and stay when its access ends.',
    ].join('\n'),
  )
})
