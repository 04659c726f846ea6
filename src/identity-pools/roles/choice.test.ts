import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoleMapping } from '@aws-sdk/client-cognito-identity'
import type { Proof } from '../identities/proofs.ts'
import { chooseRole } from './choice.ts'

const settings = { issuer: 'http://localhost:4100' }
const provider = 'cognito-idp.us-east-1.amazonaws.com/us-east-1_P'
const proof = (claims: object = {}, more: Partial<Proof> = {}): Proof => ({
  provider,
  userId: 'ann',
  clientId: 'c1',
  claims: { sub: 'ann', ...claims },
  ...more,
})
const Roles = { authenticated: 'arn:user', unauthenticated: 'arn:guest' }
const choose = (mapping: RoleMapping | undefined, proofs: Proof[], wanted?: string, key = `${provider}:c1`) =>
  chooseRole(settings, { roles: { Roles, ...(mapping && { RoleMappings: { [key]: mapping } }) } }, proofs, wanted)

const broken = { code: 'InvalidIdentityPoolConfigurationException' }
const denied = {
  code: 'NotAuthorizedException',
  message: `The ambiguous role mapping rules for: ${provider} denied this request.`,
}
const forbidden = (arn: string) => ({
  code: 'NotAuthorizedException',
  message: `Access to Role '${arn}' is forbidden.`,
})

describe('without a mapping', () => {
  test('guests and users have one role each', () => {
    assert.equal(choose(undefined, []), 'arn:guest')
    assert.equal(choose(undefined, [proof()]), 'arn:user')
    assert.equal(choose(undefined, [proof({ 'cognito:preferred_role': 'arn:wide' })]), 'arn:user')
  })

  test('a pool without the role that is needed is not configured', () => {
    assert.throws(() => chooseRole(settings, { roles: {} }, []), broken)
    assert.throws(() => chooseRole(settings, { roles: { Roles: { unauthenticated: 'x' } } }, [proof()]), broken)
  })

  test('the caller cannot choose another role', () => {
    assert.equal(choose(undefined, [proof()], 'arn:user'), 'arn:user')
    assert.throws(() => choose(undefined, [proof()], 'arn:wide'), forbidden('arn:wide'))
    assert.throws(() => choose(undefined, [], 'arn:user'), forbidden('arn:user'))
  })
})

describe('a mapping by token', () => {
  const token: RoleMapping = { Type: 'Token', AmbiguousRoleResolution: 'AuthenticatedRole' }
  const strict: RoleMapping = { Type: 'Token', AmbiguousRoleResolution: 'Deny' }

  test('takes the preferred role, or the only one', () => {
    assert.equal(
      choose(strict, [proof({ 'cognito:preferred_role': 'arn:p', 'cognito:roles': ['arn:p', 'arn:q'] })]),
      'arn:p',
    )
    assert.equal(choose(strict, [proof({ 'cognito:roles': ['arn:q'] })]), 'arn:q')
    assert.equal(choose(strict, [proof({ 'cognito:roles': 'arn:q' })]), 'arn:q')
  })

  test('resolves several roles, and none, as the mapping says', () => {
    for (const claims of [{ 'cognito:roles': ['arn:p', 'arn:q'] }, {}]) {
      assert.equal(choose(token, [proof(claims)]), 'arn:user')
      assert.throws(() => choose(strict, [proof(claims)]), denied)
    }
  })

  test('lets the caller choose among the roles in the token, and no other', () => {
    const claims = { 'cognito:preferred_role': 'arn:p', 'cognito:roles': ['arn:p', 'arn:q'] }
    assert.equal(choose(strict, [proof(claims)], 'arn:q'), 'arn:q')
    assert.throws(() => choose(token, [proof(claims)], 'arn:user'), forbidden('arn:user'))
  })

  test('belongs to one app client, by either name of the user pool', () => {
    const claims = { 'cognito:roles': ['arn:q'] }
    assert.equal(choose(strict, [proof(claims, { clientId: 'c2' })]), 'arn:user')
    assert.equal(choose(strict, [proof(claims)], undefined, 'localhost:4100/us-east-1_P:c1'), 'arn:q')
  })
})

describe('a mapping by rules', () => {
  const rules = (...list: [string, 'Equals' | 'NotEqual' | 'StartsWith' | 'Contains', string][]): RoleMapping => ({
    Type: 'Rules',
    AmbiguousRoleResolution: 'Deny',
    RulesConfiguration: {
      Rules: list.map(([Claim, MatchType, Value], index) => ({ Claim, MatchType, Value, RoleARN: `arn:${index}` })),
    },
  })

  test('takes the first rule that matches', () => {
    const mapping = rules(['team', 'Equals', 'blue'], ['team', 'StartsWith', 'bl'], ['team', 'Contains', 'ack'])
    assert.equal(choose(mapping, [proof({ team: 'blue' })]), 'arn:0')
    assert.equal(choose(mapping, [proof({ team: 'black' })]), 'arn:1')
    assert.equal(choose(mapping, [proof({ team: 'slack' })]), 'arn:2')
    assert.throws(() => choose(mapping, [proof({ team: 'Blue' })]), denied)
  })

  test('skips a claim that is missing, for NotEqual too', () => {
    const mapping = rules(['team', 'NotEqual', 'blue'])
    assert.throws(() => choose(mapping, [proof()]), denied)
    assert.throws(() => choose(mapping, [proof({ team: 'blue' })]), denied)
    assert.equal(choose(mapping, [proof({ team: 'red' })]), 'arn:0')
  })

  test('looks into lists', () => {
    assert.equal(
      choose(rules(['cognito:groups', 'Equals', 'admins']), [proof({ 'cognito:groups': ['x', 'admins'] })]),
      'arn:0',
    )
    assert.throws(
      () => choose(rules(['cognito:groups', 'NotEqual', 'admins']), [proof({ 'cognito:groups': ['x', 'admins'] })]),
      denied,
    )
  })

  test('does not take what every object has for a claim', () => {
    assert.throws(
      () => choose(rules(['constructor', 'NotEqual', 'x'], ['toString', 'Contains', 'f']), [proof()]),
      denied,
    )
  })

  test('lets the caller choose among the rules that match', () => {
    const mapping = rules(['a', 'Equals', '1'], ['b', 'Equals', '1'])
    assert.equal(choose(mapping, [proof({ a: '1', b: '1' })], 'arn:1'), 'arn:1')
    assert.throws(() => choose(mapping, [proof({ a: '1', b: '2' })], 'arn:1'), forbidden('arn:1'))
  })
})
