import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalMappingKey, canonicalProvider, clientsOf, userPoolOf } from './providers.ts'

const local = { issuer: 'http://localhost:4100' }
const aws = 'cognito-idp.us-east-1.amazonaws.com/us-east-1_abc'

test("a user pool has two names, and AWS's is the canonical one", () => {
  assert.equal(canonicalProvider(local, aws), aws)
  assert.equal(canonicalProvider(local, 'localhost:4100/us-east-1_abc'), aws)
  assert.equal(canonicalProvider({ issuer: 'https://id.example/base' }, 'id.example/base/us-east-1_abc'), aws)
  assert.deepEqual(userPoolOf(local, 'localhost:4100/eu-west-3_x'), { id: 'eu-west-3_x', region: 'eu-west-3' })
})

test('what only looks like a name of a user pool is a provider of its own', () => {
  for (const name of [
    'accounts.google.com',
    'evil.example/us-east-1_abc',
    'localhost:4100.evil.example/us-east-1_abc',
    'http://localhost:4100/us-east-1_abc',
    'localhost:4100//us-east-1_abc',
    'cognito-idp.eu-west-1.amazonaws.com/us-east-1_abc',
    'us-east-1_abc',
  ]) {
    assert.equal(userPoolOf(local, name), undefined, name)
    assert.equal(canonicalProvider(local, name), name)
  }
})

test("with AWS's issuer there is only AWS's name", () => {
  assert.equal(canonicalProvider({ issuer: 'aws' }, aws), aws)
  assert.equal(userPoolOf({ issuer: 'aws' }, 'localhost:4100/us-east-1_abc'), undefined)
})

test('a mapping names the app client too', () => {
  assert.equal(canonicalMappingKey(local, 'localhost:4100/us-east-1_abc:client'), `${aws}:client`)
  assert.equal(canonicalMappingKey(local, `${aws}:client`), `${aws}:client`)
  assert.equal(canonicalMappingKey(local, 'graph.facebook.com'), 'graph.facebook.com')
})

test("a pool's app clients are found whichever name they were entered under", () => {
  const entry = (ProviderName: string, ClientId: string) => ({ ProviderName, ClientId })
  const settings = {
    AllowUnauthenticatedIdentities: false,
    CognitoIdentityProviders: [entry(aws, 'a'), entry('localhost:4100/us-east-1_abc', 'b'), entry(`${aws}d`, 'c')],
  }
  const clients = clientsOf(local, { settings }, aws).map(({ ClientId }) => ClientId)
  assert.deepEqual(clients, ['a', 'b'])
})
