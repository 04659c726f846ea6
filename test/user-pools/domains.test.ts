import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateUserPoolDomainCommand,
  type CreateUserPoolDomainCommandInput,
  DeleteUserPoolCommand,
  DeleteUserPoolDomainCommand,
  DescribeUserPoolCommand,
  DescribeUserPoolDomainCommand,
  UpdateUserPoolDomainCommand,
  type UpdateUserPoolDomainCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { makePool, refused } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let UserPoolId: string
const idp = () => server.clients.idp
before(async () => {
  server = await startTestServer()
  UserPoolId = (await makePool(server)).id
})
after(() => server.close())

const CertificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/5f3b8a94-0000-4000-8000-000000000000'
const create = (Domain: string, more: Partial<CreateUserPoolDomainCommandInput> = {}) =>
  idp().send(new CreateUserPoolDomainCommand({ UserPoolId, Domain, ...more }))
const update = (Domain: string, more: Partial<UpdateUserPoolDomainCommandInput> = {}) =>
  idp().send(new UpdateUserPoolDomainCommand({ UserPoolId, Domain, ...more }))
const remove = (Domain: string, pool = UserPoolId) =>
  idp().send(new DeleteUserPoolDomainCommand({ UserPoolId: pool, Domain }))
const look = async (Domain: string) =>
  (await idp().send(new DescribeUserPoolDomainCommand({ Domain }))).DomainDescription
const wrong = <Value>(value: unknown): Value => value as Value
const pool = async (id = UserPoolId) => {
  const { UserPool } = await idp().send(new DescribeUserPoolCommand({ UserPoolId: id }))
  return [UserPool?.Domain, UserPool?.CustomDomain]
}
const discovery = async (id = UserPoolId) =>
  (await (await fetch(`${server.endpoint}/${id}/.well-known/openid-configuration`)).json()) as Record<string, unknown>

describe('CreateUserPoolDomain', () => {
  test('refuses the wrong type', () =>
    refused(create('typed', { ManagedLoginVersion: wrong('two') }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    const invalid = 'InvalidParameterException'
    for (const name of ['-photos', 'photos-', 'Photos', 'pho_tos', 'p'.repeat(64)]) {
      await refused(create(name), invalid, /at 'domain' failed/)
    }
    for (const word of ['aws', 'amazon', 'cognito']) {
      await refused(create(`my-${word}-app`), invalid, `Domain cannot contain reserved word: ${word}`)
    }
    assert.ok(await create('my-awsome-app'))
    await remove('my-awsome-app')
    await refused(create('photos.example'), invalid, /^The domain name contains an invalid character\./)
    await refused(
      create('localhost', { CustomDomainConfig: { CertificateArn } }),
      invalid,
      /^Custom domain is not a valid subdomain/,
    )
    await refused(
      create('10.0.0.1', { CustomDomainConfig: { CertificateArn } }),
      invalid,
      /^Custom domain is not a valid subdomain/,
    )
    await refused(
      create('a..example', { CustomDomainConfig: { CertificateArn } }),
      invalid,
      /^Custom domain is not a valid subdomain/,
    )
    await refused(create('photos', { ManagedLoginVersion: 3 }), invalid, 'ManagedLoginVersion must be 1 or 2.')
    await refused(create('photos', { UserPoolId: 'us-east-1_nothere12' }), 'ResourceNotFoundException')
  })

  test('does it: one of each kind for a pool, and a name is one pool’s', async () => {
    const other = await makePool(server)
    assert.equal((await create('photos', { ManagedLoginVersion: 2 })).ManagedLoginVersion, 2)
    const taken = 'Domain already associated with another user pool.'
    await refused(create('photos', { UserPoolId: other.id }), 'InvalidParameterException', taken)
    await refused(create('pictures'), 'InvalidParameterException', 'User pool already has a domain configured.')
    const custom = await create('auth.photos.example', { CustomDomainConfig: { CertificateArn } })
    assert.equal(custom.CloudFrontDomain, 'auth.photos.example')
    assert.deepEqual(await pool(), ['photos', 'auth.photos.example'])
    assert.deepEqual(await pool(other.id), [undefined, undefined])
    const { UserPoolId: owner, Status, Version, AWSAccountId } = (await look('photos')) ?? {}
    assert.deepEqual([owner, Status, AWSAccountId], [UserPoolId, 'ACTIVE', '000000000000'])
    assert.match(Version ?? '', /^\d{14}$/)
    assert.deepEqual((await look('auth.photos.example'))?.CustomDomainConfig, { CertificateArn })
  })
})

describe('DescribeUserPoolDomain', () => {
  test('refuses the wrong type', () => refused(look(wrong(['photos'])), 'SerializationException'))
  test('refuses the wrong value', () => refused(look('no domain'), 'InvalidParameterException', /at 'domain' failed/))
  test('does it: of an unknown domain there is nothing to tell', async () =>
    assert.deepEqual(await look('nobodys'), {}))
})

describe('UpdateUserPoolDomain', () => {
  test('refuses the wrong type', () =>
    refused(update('photos', { CustomDomainConfig: wrong('x') }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(update('nobodys'), 'InvalidParameterException', 'No such domain or user pool exists.')
    await refused(update('photos', { ManagedLoginVersion: 0 }), 'InvalidParameterException')
    await refused(update('photos', { CustomDomainConfig: { CertificateArn } }), 'InvalidParameterException')
  })

  test('does it: what is left out stays', async () => {
    assert.equal((await update('photos', { ManagedLoginVersion: 1 })).ManagedLoginVersion, 1)
    await update('auth.photos.example', { ManagedLoginVersion: 1 })
    assert.deepEqual((await look('auth.photos.example'))?.CustomDomainConfig, { CertificateArn })
  })
})

describe('DeleteUserPoolDomain', () => {
  test('refuses the wrong type', () => refused(remove(wrong(1)), 'SerializationException'))

  test('refuses the wrong value, another pool’s domain among them', async () => {
    const other = await makePool(server)
    await refused(remove('photos', other.id), 'InvalidParameterException', 'No such domain or user pool exists.')
    await refused(remove('nobodys'), 'InvalidParameterException', 'No such domain or user pool exists.')
  })

  test('does it, and a pool can be deleted only after that', async () => {
    const deleting = () => idp().send(new DeleteUserPoolCommand({ UserPoolId }))
    await refused(deleting(), 'InvalidParameterException', /has a domain configured/)
    const { port } = new URL(server.endpoint)
    assert.equal((await discovery())['token_endpoint'], `http://auth.photos.example:${port}/oauth2/token`)
    await remove('auth.photos.example')
    assert.equal((await discovery())['authorization_endpoint'], `http://photos.auth.localhost:${port}/oauth2/authorize`)
    // Many machines' resolvers do not know names below localhost, which programs would have to ask.
    assert.equal((await discovery())['token_endpoint'], `${server.endpoint}/domains/photos/oauth2/token`)
    await remove('photos')
    assert.equal((await discovery())['token_endpoint'], undefined)
    await deleting()
  })
})
