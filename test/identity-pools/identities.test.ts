/** Identities through the SDK: guests, logins, linking and merging, and what administrators see of them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  DeleteIdentitiesCommand,
  DescribeIdentityCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  ListIdentitiesCommand,
} from '@aws-sdk/client-cognito-identity'
import { DeleteUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider'
import {
  addUser,
  giveRoles,
  loginsOf,
  makeIdentityPool,
  makeUserPool,
  tokensOf,
  type UserPool,
} from '../support/identities.ts'
import { account, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let people: UserPool
let partners: UserPool
let pool: string
before(async () => {
  server = await startTestServer()
  people = await makeUserPool(server)
  partners = await makeUserPool(server)
  for (const name of ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal']) {
    await addUser(server, people, name)
    await addUser(server, partners, name)
  }
  pool = await makeIdentityPool(server, [people, partners])
  await giveRoles(server, pool)
})
after(() => server.close())

type Logins = Record<string, string>
const identity = () => server.clients.identity
const getId = async (Logins?: Logins, IdentityPoolId = pool) =>
  (await identity().send(new GetIdCommand({ IdentityPoolId, Logins }))).IdentityId!
const getToken = async (IdentityId: string, Logins?: Logins) =>
  (await identity().send(new GetOpenIdTokenCommand({ IdentityId, Logins }))).IdentityId!
const describeIdentity = (IdentityId: string) => identity().send(new DescribeIdentityCommand({ IdentityId }))
const refusal = (message: string) => ({ name: 'NotAuthorizedException', message })
const at = (name: string, userPool = people) => loginsOf(server, userPool, name)

describe('GetId', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(getId(['x'] as never), { name: 'SerializationException' })
  })

  test('refuses eleven logins, and an unknown pool', async () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`p${index}`, 'x']))
    await assert.rejects(getId(many), { name: 'ValidationException' })
    const unknown = 'us-east-1:00000000-0000-0000-0000-000000000000'
    await assert.rejects(getId(undefined, unknown), {
      name: 'ResourceNotFoundException',
      message: `IdentityPool '${unknown}' not found.`,
    })
  })

  test('makes every guest a new identity, where guests are allowed', async () => {
    const [one, two] = [await getId(), await getId({})]
    assert.notEqual(one, two)
    const closed = await makeIdentityPool(server, [people], { AllowUnauthenticatedIdentities: false })
    await assert.rejects(
      getId(undefined, closed),
      refusal('Unauthenticated access is not supported for this identity pool.'),
    )
  })

  test('gives a user the same identity every time, by either name of the user pool', async () => {
    const logins = await at('ann')
    const id = await getId(logins)
    assert.equal(await getId(await at('ann')), id)
    assert.equal(await getId({ [people.issuer]: logins[people.provider]! }), id)
    assert.equal(await getId({ ...logins, [people.issuer]: logins[people.provider]! }), id)
    assert.notEqual(await getId(await at('bob')), id)
    assert.notEqual(await getId(logins, await makeIdentityPool(server, [people])), id)
  })

  test('gives one identity to fifty calls at once', async () => {
    const logins = await at('cat')
    const ids = await Promise.all(Array.from({ length: 50 }, () => getId(logins)))
    assert.equal(new Set(ids).size, 1)
  })

  test('links logins that come together', async () => {
    const id = await getId({ ...(await at('dan')), ...(await at('dan', partners)) })
    assert.equal(await getId(await at('dan', partners)), id)
    const { Logins, CreationDate } = await describeIdentity(id)
    assert.deepEqual(Logins, [people.provider, partners.provider].sort())
    assert.ok(CreationDate instanceof Date)
  })
})

describe('linking and merging', () => {
  const forbidden = (id: string) => refusal(`Access to Identity '${id}' is forbidden.`)

  test('a guest who signs in for the first time keeps the id, and is a guest no more', async () => {
    const guest = await getId()
    assert.equal(await getToken(guest), guest)
    assert.equal(await getToken(guest, await at('eve')), guest)
    assert.equal(await getId(await at('eve')), guest)
    await assert.rejects(getToken(guest), forbidden(guest))
  })

  test('a guest who has an identity gets that one, and the guest is disabled', async () => {
    const id = await getId(await at('fay'))
    const guest = await getId()
    assert.equal(await getToken(guest, await at('fay')), id)
    await assert.rejects(getToken(guest), forbidden(guest))
    // A second device that still keeps the old id comes to the same identity.
    assert.equal(await getToken(guest, await at('fay')), id)
    await assert.rejects(
      getToken(guest, await at('bob')),
      refusal("Logins don't match. Please include at least one valid login for this identity or identity pool."),
    )
  })

  test('two identities whose logins come together become the older one', async () => {
    const older = await getId(await at('gus'))
    server.world.clock.advance(1000)
    const younger = await getId(await at('gus', partners))
    assert.notEqual(younger, older)
    const both = { ...(await at('gus', partners)), ...(await at('gus')) }
    assert.equal(await getToken(younger, both), older)
    assert.equal(await getId(await at('gus', partners)), older)
    assert.deepEqual((await describeIdentity(younger)).Logins, [])
  })

  test('a second user of the same provider is refused', async () => {
    const id = await getId({ ...(await at('hal')), ...(await at('hal', partners)) })
    await assert.rejects(getToken(id, { ...(await at('hal', partners)), ...(await at('ann')) }), {
      name: 'ResourceConflictException',
    })
    assert.equal(await getId(await at('hal')), id)
  })

  test('an identity that nobody has is not found', async () => {
    const none = 'us-east-1:00000000-0000-0000-0000-00000000000f'
    await assert.rejects(getToken(none), {
      name: 'ResourceNotFoundException',
      message: `Identity '${none}' not found.`,
    })
  })
})

describe('login tokens', () => {
  const unsupported = refusal('Token is not from a supported provider of this identity pool.')
  const unverified = refusal("Invalid login token. Couldn't verify signed token.")

  test('of a provider that the pool does not have are refused, and those that another has issued', async () => {
    const { IdToken } = await tokensOf(server, people, 'ann')
    const google = await makeIdentityPool(server, [partners], {
      SupportedLoginProviders: { 'accounts.google.com': 'x' },
    })
    await assert.rejects(getId({ [people.provider]: IdToken }, google), unsupported)
    await assert.rejects(
      getId({ 'accounts.google.com': IdToken }, google),
      refusal("Invalid login token. Issuer doesn't match providerName"),
    )
    await assert.rejects(getId({ 'cognito-identity.amazonaws.com': IdToken }), unsupported)
  })

  test('are refused by a pool that has no provider at all', async () => {
    const { IdToken } = await tokensOf(server, people, 'ann')
    const none = await makeIdentityPool(server, [])
    await assert.rejects(
      getId({ [people.provider]: IdToken }, none),
      refusal(`Identity pool - ${none} does not have identity providers configured.`),
    )
  })

  test('are refused where issuer and provider differ', async () => {
    const { IdToken } = await tokensOf(server, people, 'ann')
    const mismatch = refusal("Invalid login token. Issuer doesn't match providerName")
    await assert.rejects(getId({ [partners.provider]: IdToken }), mismatch)
  })

  test('are refused when forged, cut or none at all', async () => {
    const { IdToken } = await tokensOf(server, people, 'ann')
    const [head, , signature] = IdToken.split('.')
    const claims = JSON.parse(Buffer.from(IdToken.split('.')[1]!, 'base64url').toString())
    const forged = `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'x' })).toString('base64url')}.${signature}`
    await assert.rejects(getId({ [people.provider]: forged }), unverified)
    const none = 'Invalid login token. Not a valid OpenId Connect identity token.'
    for (const token of ['x', `${head}.${signature}`]) {
      await assert.rejects(getId({ [people.provider]: token }), refusal(none))
    }
  })

  test('live five minutes longer than they say', async () => {
    const logins = await at('ann')
    const id = await getId(logins)
    server.world.clock.advance(3600_000 + 290_000)
    assert.equal(await getId(logins), id)
    server.world.clock.advance(20_000)
    await assert.rejects(getId(logins), {
      name: 'NotAuthorizedException',
      message: /^Invalid login token\. Token expired: \d{10} >= \d{10}$/,
    })
    // Back to where signatures are made.
    server.world.clock.advance(-3600_000 - 310_000)
  })

  test('fail the call even beside a good one', async () => {
    await assert.rejects(getId({ ...(await at('ann')), [partners.provider]: 'x' }), { name: 'NotAuthorizedException' })
  })

  test('of a deleted user pool are refused', async () => {
    const gone = await makeUserPool(server)
    await addUser(server, gone, 'ann')
    const logins = await loginsOf(server, gone, 'ann')
    const own = await makeIdentityPool(server, [gone])
    await getId(logins, own)
    await server.clients.idp.send(new DeleteUserPoolCommand({ UserPoolId: gone.id }))
    await assert.rejects(getId(logins, own), unverified)
  })
})

describe('ListIdentities', () => {
  test('lists page by page, and hides merged identities if wanted', async () => {
    const own = await makeIdentityPool(server, [people])
    const [guest, other] = [await getId(undefined, own), await getId(undefined, own)]
    const user = await getId(await at('ann'), own)
    await getToken(other, await at('ann'))
    const list = async (HideDisabled?: boolean) => {
      const ids: string[] = []
      let NextToken: string | undefined
      do {
        const page = await identity().send(
          new ListIdentitiesCommand({ IdentityPoolId: own, MaxResults: 1, NextToken, HideDisabled }),
        )
        ids.push(...(page.Identities ?? []).map((one) => one.IdentityId!))
        NextToken = page.NextToken
      } while (NextToken)
      return ids
    }
    assert.deepEqual(await list(), [guest, other, user].sort())
    assert.deepEqual(await list(true), [guest, user].sort())
  })

  test('refuses a missing page size', async () => {
    await assert.rejects(identity().send(new ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: undefined })), {
      name: 'ValidationException',
    })
  })
})

describe('DeleteIdentities', () => {
  const remove = (client: typeof server.clients.identity, ...IdentityIdsToDelete: string[]) =>
    client.send(new DeleteIdentitiesCommand({ IdentityIdsToDelete }))

  test('refuses an empty list', async () => {
    await assert.rejects(remove(identity()), { name: 'ValidationException' })
  })

  test('makes the user new, and passes over ids that nobody has', async () => {
    const id = await getId(await at('bob'))
    const { UnprocessedIdentityIds } = await remove(identity(), id, 'us-east-1:00000000-0000-0000-0000-00000000000f')
    assert.deepEqual(UnprocessedIdentityIds, [])
    await assert.rejects(describeIdentity(id), { name: 'ResourceNotFoundException' })
    await assert.rejects(identity().send(new GetCredentialsForIdentityCommand({ IdentityId: id })), {
      name: 'ResourceNotFoundException',
    })
    assert.notEqual(await getId(await at('bob')), id)
  })

  test('keeps what the policy keeps: of another pool, or all of it', async () => {
    const other = await makeIdentityPool(server, [])
    const [mine, theirs] = [await getId(), await getId(undefined, other)]
    const policy = document({
      Effect: 'Allow',
      Action: ['cognito-identity:DeleteIdentities', 'cognito-identity:DescribeIdentity'],
      Resource: '*',
      Condition: {
        StringEquals: {
          'cognito-identity:IdentityPoolArn': `arn:aws:cognito-identity:us-east-1:${account}:identitypool/${pool}`,
        },
      },
    })
    const arn = await makeRole(server.clients, 'DeletesOfOnePool', { policy })
    const caller = await assume(server, server.clients, arn)
    await caller.identity.send(new DescribeIdentityCommand({ IdentityId: mine }))
    const denied = { name: 'AccessDeniedException' }
    await assert.rejects(caller.identity.send(new DescribeIdentityCommand({ IdentityId: theirs })), denied)
    const { UnprocessedIdentityIds } = await remove(caller.identity, mine, theirs)
    assert.deepEqual(UnprocessedIdentityIds, [{ IdentityId: theirs, ErrorCode: 'AccessDenied' }])
    await assert.rejects(describeIdentity(mine), { name: 'ResourceNotFoundException' })
    await describeIdentity(theirs)
    await assert.rejects(remove(caller.identity, theirs), denied)
  })
})
