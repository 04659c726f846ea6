import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { completeClient } from '../clients/settings.ts'
import type { Group } from '../groups/groups-of.ts'
import { accessClaims, idClaims, type Subject } from './claims.ts'
import { issuerOf, poolIdOf } from './issuer.ts'
import { makeRefreshToken } from './refresh-token.ts'
import { endOf, type Session } from './session.ts'

const hour = 3_600_000
const session: Session = {
  id: 'event',
  sub: 'sub-1',
  clientId: 'client-1',
  originJti: 'origin',
  authTime: 5_999,
  startedAt: 5_999,
  signOuts: 0,
  expiresAt: 1e15,
  revokedAt: undefined,
}
const user = {
  poolId: 'us-east-1_p',
  sub: 'sub-1',
  username: 'ann',
  status: 'CONFIRMED' as const,
  enabled: true,
  attributes: {},
  createdAt: 1,
  modifiedAt: 1,
  signOuts: 0,
  temporaryUntil: undefined,
  hasPassword: true,
  passwordSetAt: 0,
}
const group = (name: string, roleArn?: string, precedence?: number): Group => ({
  ...{ poolId: 'us-east-1_p', name, roleArn, precedence },
  ...{ description: undefined, createdAt: 1, modifiedAt: 1 },
})

function subject(attributes: Record<string, string> = {}, client: object = {}, groups: Group[] = []): Subject {
  const settings = completeClient(client)
  return {
    pool: { id: 'us-east-1_p', region: 'us-east-1', schema: [] } as unknown as Subject['pool'],
    client: { poolId: 'us-east-1_p', id: 'client-1', name: 'c', settings, secrets: [], createdAt: 1, modifiedAt: 1 },
    user: { ...user, attributes: { sub: 'sub-1', ...attributes } },
    ...{ groups, session, issuer: 'https://issuer/us-east-1_p', now: 60_500, jti: 'jti' },
  }
}

describe('an access token', () => {
  test('says exactly this after a sign-in', () => {
    assert.deepEqual(accessClaims(subject({ email: 'a@b.c' }), hour, 'aws.cognito.signin.user.admin'), {
      sub: 'sub-1',
      iss: 'https://issuer/us-east-1_p',
      client_id: 'client-1',
      origin_jti: 'origin',
      event_id: 'event',
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      auth_time: 5,
      exp: 3_660,
      iat: 60,
      jti: 'jti',
      username: 'ann',
    })
  })
  test('has no ids of revocation where revocation is off', () => {
    const claims = accessClaims(subject({}, { EnableTokenRevocation: false }), hour, 's')
    assert.deepEqual([claims['jti'], claims['origin_jti'], claims['event_id']], [undefined, undefined, 'event'])
  })
  test('names groups, and no roles', () => {
    const claims = accessClaims(subject({}, {}, [group('team', 'arn:r')]), hour, 's')
    assert.deepEqual(claims['cognito:groups'], ['team'])
    assert.equal('cognito:roles' in claims, false)
  })
})

describe('an ID token', () => {
  test('says exactly this of a user without attributes', () => {
    assert.deepEqual(idClaims(subject(), hour), {
      sub: 'sub-1',
      iss: 'https://issuer/us-east-1_p',
      aud: 'client-1',
      origin_jti: 'origin',
      event_id: 'event',
      token_use: 'id',
      auth_time: 5,
      exp: 3_660,
      iat: 60,
      jti: 'jti',
      'cognito:username': 'ann',
    })
  })
  test('has each attribute in the form of its claim; custom ones are strings', () => {
    const attributes = {
      email: 'a@b.c',
      email_verified: 'true',
      phone_number_verified: 'false',
      address: 'Main St 1',
      updated_at: '1700000000',
      'custom:level': '7',
      'custom:on': 'true',
    }
    const claims = idClaims(subject(attributes), hour)
    assert.equal(claims['email'], 'a@b.c')
    assert.equal(claims['email_verified'], true)
    assert.equal(claims['phone_number_verified'], false)
    assert.deepEqual(claims['address'], { formatted: 'Main St 1' })
    assert.equal(claims['updated_at'], 1_700_000_000)
    assert.equal(claims['custom:level'], '7')
    assert.equal(claims['custom:on'], 'true')
  })
  test('has only what the client may read', () => {
    const claims = idClaims(subject({ email: 'a@b.c', name: 'Ann' }, { ReadAttributes: ['name'] }), hour)
    assert.deepEqual([claims['name'], claims['email']], ['Ann', undefined])
  })
  test('cannot be changed by an attribute that is called like a claim', () => {
    const claims = idClaims(subject({ aud: 'x', token_use: 'access', exp: '9', iss: 'x' }), hour)
    assert.deepEqual([claims['aud'], claims['token_use'], claims['exp']], ['client-1', 'id', 3_660])
    assert.equal(claims['iss'], 'https://issuer/us-east-1_p')
  })
  test('names roles, and the preferred one unless two are as good', () => {
    const claims = idClaims(subject({}, {}, [group('a', 'arn:1', 0), group('b', 'arn:2', 1), group('c')]), hour)
    assert.deepEqual(claims['cognito:roles'], ['arn:1', 'arn:2'])
    assert.equal(claims['cognito:preferred_role'], 'arn:1')
    const tie = idClaims(subject({}, {}, [group('a', 'arn:1', 0), group('b', 'arn:2', 0)]), hour)
    assert.equal('cognito:preferred_role' in tie, false)
  })
})

describe('a session has ended', () => {
  test('when its user is gone, disabled, or was signed out since it began, or it was revoked', () => {
    assert.equal(endOf(user, session), undefined)
    assert.equal(endOf(undefined, session), 'deleted')
    assert.equal(endOf({ ...user, enabled: false }, session), 'disabled')
    assert.equal(endOf({ ...user, signOuts: 1 }, session), 'revoked')
    assert.equal(endOf({ ...user, signOuts: 1 }, { ...session, signOuts: 1 }), undefined)
    assert.equal(endOf(user, { ...session, revokedAt: 1 }), 'revoked')
    assert.equal(endOf(user, undefined), 'revoked')
    assert.equal(endOf({ ...user, sub: 'another' }, session), 'revoked')
  })
})

test('an issuer is under the base that is set, or in AWS’s form, and leads back to the pool', () => {
  const pool = { id: 'eu-west-1_AbC', region: 'eu-west-1', settings: {} }
  const updated = { ...pool, settings: { IssuerConfiguration: { Type: 'UPDATED' as const } } }
  assert.equal(issuerOf({ issuer: 'http://localhost:4100' }, pool), 'http://localhost:4100/eu-west-1_AbC')
  assert.equal(issuerOf({ issuer: 'aws' }, pool), 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC')
  assert.equal(issuerOf({ issuer: 'aws' }, updated), 'https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC')
  assert.equal(issuerOf({ issuer: 'http://h' }, updated), 'http://h/eu-west-1_AbC')
  assert.equal(poolIdOf(issuerOf({ issuer: 'aws' }, pool)), pool.id)
  assert.equal(poolIdOf(issuerOf({ issuer: 'aws' }, updated)), pool.id)
  for (const bad of [undefined, 1, '', 'x', 'http://h/a b_c', 'http://h/p_q/', "http://h/'_x"]) {
    assert.equal(poolIdOf(bad), undefined)
  }
})

test('the tokens of one session are of one family, and nothing else is the same in two', () => {
  let last = 0
  const random = (size: number) => Buffer.alloc(size, last++)
  const first = makeRefreshToken({ random })
  const [next, other] = [makeRefreshToken({ random }, first), makeRefreshToken({ random })]
  const same = (one: string) => one.split('.').map((part, index) => part === first.split('.')[index])
  assert.deepEqual(same(next), [true, true, false, false, false])
  assert.deepEqual(same(other), [true, false, false, false, false])
})

test('a refresh token has the outward form of AWS’s', () => {
  const token = makeRefreshToken({ random: (size) => Buffer.alloc(size, 7) })
  assert.match(token, /^[A-Za-z0-9-_=.]+$/)
  assert.equal(token.split('.').length, 5)
  const [header = ''] = token.split('.')
  assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), {
    cty: 'JWT',
    enc: 'A256GCM',
    alg: 'RSA-OAEP',
  })
})
