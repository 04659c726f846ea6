import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createSeal } from '../protocols/seal.ts'
import { openSession, type Session, sealSession } from './token.ts'

const seal = createSeal(randomBytes(32))
const session: Session = {
  kind: 'role',
  secret: 's',
  issuedAt: 1,
  expiresAt: 2,
  role: { id: 'AROAX', name: 'R', path: '/' },
  name: 'me',
  context: { 'cognito-identity.amazonaws.com:amr': ['authenticated', 'x'] },
}

test('a token opens beside its own access key id', () => {
  assert.deepEqual(openSession(seal, 'ASIAONE', sealSession(seal, 'ASIAONE', session)), session)
})

test('a token opens beside no other access key id, even after it was opened', () => {
  const token = sealSession(seal, 'ASIAONE', session)
  openSession(seal, 'ASIAONE', token)
  assert.equal(openSession(seal, 'ASIATWO', token), undefined)
})

test('a token of another installation does not open', () => {
  assert.equal(openSession(createSeal(randomBytes(32)), 'ASIAONE', sealSession(seal, 'ASIAONE', session)), undefined)
})

test('a token changed in any one character does not open', () => {
  const token = sealSession(seal, 'ASIAONE', session)
  for (let at = 0; at < token.length; at++) {
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    assert.equal(openSession(seal, 'ASIAONE', changed), undefined, `character ${at}`)
  }
  for (const changed of [`${token}=`, `${token}!`, ` ${token}`, `${token}A`, '', 'x']) {
    assert.equal(openSession(seal, 'ASIAONE', changed), undefined)
  }
})

test('something sealed for another purpose is no token', () => {
  assert.equal(openSession(seal, 'ASIAONE', seal.seal('paging', JSON.stringify(session), 'ASIAONE')), undefined)
})

test('a long session is compressed, and its token stays under two kilobytes', () => {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: Array.from({ length: 17 }, (_, index) => ({
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: `arn:aws:s3:::bucket/users/${index}/*`,
    })),
  })
  const long = { ...session, policies: [policy] }
  assert.ok(policy.length > 1500)
  const token = sealSession(seal, 'ASIAONE', long)
  assert.deepEqual(openSession(seal, 'ASIAONE', token), long)
  assert.ok(token.length < 2048, `${token.length}`)
})

test('a usual session of an identity pool has a token under two kilobytes', () => {
  const provider = 'cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI'
  const token = sealSession(seal, 'ASIAONE', {
    ...session,
    guest: true,
    provider: 'cognito-identity.amazonaws.com',
    context: {
      'cognito-identity.amazonaws.com:aud': `us-east-1:${'1'.repeat(36)}`,
      'cognito-identity.amazonaws.com:sub': `us-east-1:${'2'.repeat(36)}`,
      'cognito-identity.amazonaws.com:amr': ['authenticated', provider, `${provider}:CognitoSignIn:${'3'.repeat(36)}`],
      'aws:PrincipalTag/username': '3'.repeat(36),
      'aws:PrincipalTag/client': '4'.repeat(26),
    },
  })
  assert.ok(token.length < 2048, `${token.length}`)
})
