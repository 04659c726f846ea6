import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateTermsCommand,
  type CreateTermsCommandInput,
  DeleteTermsCommand,
  DescribeTermsByClientCommand,
  DescribeTermsCommand,
  ListTermsCommand,
  UpdateTermsCommand,
  type UpdateTermsCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { makePool, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
let UserPoolId: string
const idp = () => server.clients.idp
before(async () => {
  server = await startTestServer()
  pool = await makePool(server)
  UserPoolId = pool.id
})
after(() => server.close())

const wrong = <Value>(value: unknown): Value => value as Value
const links = { 'cognito:default': 'https://example.com/terms', 'cognito:german': 'https://example.com/agb' } as const
const create = async (more: Partial<CreateTermsCommandInput> = {}) =>
  (
    await idp().send(
      new CreateTermsCommand({
        ...{ UserPoolId, TermsName: 'terms-of-use', TermsSource: 'LINK', Enforcement: 'NONE', Links: links },
        ClientId: more.ClientId ?? (await pool.addClient()),
        ...more,
      }),
    )
  ).Terms ?? assert.fail('no terms')
const unknownId = '00000000-0000-4000-8000-000000000000'
const describeTerms = async (TermsId: string, id = UserPoolId) =>
  (await idp().send(new DescribeTermsCommand({ UserPoolId: id, TermsId }))).Terms

describe('CreateTerms', () => {
  test('refuses the wrong type', () => refused(create({ Links: wrong('x') }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(create({ TermsName: 'cookies' }), 'InvalidParameterException', /termsName/)
    await refused(create({ TermsSource: wrong('FILE') }), 'InvalidParameterException', /termsSource/)
    await refused(create({ Enforcement: wrong('ALWAYS') }), 'InvalidParameterException', /enforcement/)
    await refused(create({ Links: {} }), 'InvalidParameterException', /links/)
    await refused(create({ Links: wrong({ 'cognito:klingon': 'https://a.example' }) }), 'InvalidParameterException')
    await refused(create({ Links: { 'cognito:default': 'with space' } }), 'InvalidParameterException')
    await refused(create({ ClientId: 'absent' }), 'ResourceNotFoundException')
    const ClientId = await pool.addClient()
    await create({ ClientId })
    await refused(create({ ClientId }), 'TermsExistsException')
    await create({ ClientId, TermsName: 'privacy-policy' })
  })

  test('makes terms with their links', async () => {
    const ClientId = await pool.addClient()
    const { TermsId, CreationDate, LastModifiedDate, ...rest } = await create({ ClientId })
    assert.match(TermsId ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    assert.ok(CreationDate && LastModifiedDate)
    assert.deepEqual(rest, {
      ...{ UserPoolId, ClientId, TermsName: 'terms-of-use', TermsSource: 'LINK', Enforcement: 'NONE', Links: links },
    })
  })

  test('a pool holds 40 of them', async () => {
    const full = await makePool(server)
    for (let n = 0; n < 20; n++) {
      const ClientId = await full.addClient()
      await create({ UserPoolId: full.id, ClientId })
      await create({ UserPoolId: full.id, ClientId, TermsName: 'privacy-policy' })
    }
    await refused(create({ UserPoolId: full.id, ClientId: full.clientId }), 'LimitExceededException')
  })
})

describe('DescribeTermsByClient', () => {
  const ask = async (ClientId: string, TermsName: string) =>
    (await idp().send(new DescribeTermsByClientCommand({ UserPoolId, ClientId, TermsName }))).Terms

  test('refuses the wrong type', () => refused(ask(wrong(1), 'terms-of-use'), 'SerializationException'))

  test('refuses the wrong value', async () => {
    const terms = await create()
    await refused(ask(terms.ClientId ?? '', 'cookies'), 'InvalidParameterException', /termsName/)
    await refused(ask('absent', 'terms-of-use'), 'ResourceNotFoundException')
    await refused(ask(terms.ClientId ?? '', 'privacy-policy'), 'ResourceNotFoundException')
    await refused(ask(await pool.addClient(), 'terms-of-use'), 'ResourceNotFoundException')
  })

  test('does it', async () => {
    const terms = await create()
    assert.deepEqual(await ask(terms.ClientId ?? '', 'terms-of-use'), terms)
  })
})

describe('DescribeTerms', () => {
  test('refuses the wrong type', () => refused(describeTerms(wrong(1)), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(describeTerms('x'), 'InvalidParameterException', /termsId/)
    await refused(describeTerms(unknownId), 'ResourceNotFoundException')
    const made = await create()
    await refused(describeTerms(made.TermsId ?? '', (await makePool(server)).id), 'ResourceNotFoundException')
  })
  test('answers the terms', async () => {
    const made = await create()
    assert.deepEqual(await describeTerms(made.TermsId ?? ''), made)
  })
})

describe('UpdateTerms', () => {
  const update = async (TermsId: string, more: Partial<UpdateTermsCommandInput> = {}) =>
    (await idp().send(new UpdateTermsCommand({ UserPoolId, TermsId, ...more }))).Terms

  test('refuses the wrong type', () => refused(update(unknownId, { Links: wrong(1) }), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(update(unknownId), 'ResourceNotFoundException')
    const ClientId = await pool.addClient()
    await create({ ClientId })
    const second = await create({ ClientId, TermsName: 'privacy-policy' })
    await refused(update(second.TermsId ?? '', { TermsName: 'terms-of-use' }), 'TermsExistsException')
    await refused(update(second.TermsId ?? '', { TermsName: 'x' }), 'InvalidParameterException')
  })
  test('replaces what is given and leaves the rest', async () => {
    const made = await create()
    const other = { 'cognito:default': 'https://example.com/new' } as const
    const changed = await update(made.TermsId ?? '', { Links: other })
    assert.deepEqual([changed?.Links, changed?.TermsName], [other, 'terms-of-use'])
    const renamed = await update(made.TermsId ?? '', { TermsName: 'privacy-policy' })
    assert.deepEqual([renamed?.Links, renamed?.TermsName], [other, 'privacy-policy'])
  })
})

describe('DeleteTerms', () => {
  const remove = (TermsId: string) => idp().send(new DeleteTermsCommand({ UserPoolId, TermsId }))
  test('refuses the wrong type', () => refused(remove(wrong(1)), 'SerializationException'))
  test('refuses the wrong value', () => refused(remove(unknownId), 'ResourceNotFoundException'))
  test('deletes them', async () => {
    const { TermsId = '' } = await create()
    await remove(TermsId)
    await refused(describeTerms(TermsId), 'ResourceNotFoundException')
  })
})

describe('ListTerms', () => {
  const list = (id: string, MaxResults?: number, NextToken?: string) =>
    idp().send(new ListTermsCommand({ UserPoolId: id, MaxResults, NextToken }))
  test('refuses the wrong type', () => refused(list(UserPoolId, wrong('2')), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(list(UserPoolId, 61), 'InvalidParameterException', /less than or equal to 60/)
    await refused(list(UserPoolId, 2, 'forged'), 'InvalidParameterException', 'Invalid pagination token.')
  })
  test('pages through the terms of one pool', async () => {
    const fresh = await makePool(server)
    const made = await Promise.all(
      [1, 2, 3].map(async () => create({ UserPoolId: fresh.id, ClientId: await fresh.addClient() })),
    )
    const first = await list(fresh.id, 2)
    const second = await list(fresh.id, 2, first.NextToken)
    const all = [...(first.Terms ?? []), ...(second.Terms ?? [])]
    assert.deepEqual(
      all.map(({ TermsId }) => TermsId),
      made.map(({ TermsId }) => TermsId).toSorted(),
    )
    assert.deepEqual(Object.keys(all[0] ?? {}).toSorted(), [
      ...['CreationDate', 'Enforcement', 'LastModifiedDate', 'TermsId', 'TermsName'],
    ])
    assert.equal(second.NextToken, undefined)
  })
})
