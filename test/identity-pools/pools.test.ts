/** Identity pools through the SDK: their settings, their tags, and who may touch them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateIdentityPoolCommand,
  DeleteIdentityPoolCommand,
  DescribeIdentityPoolCommand,
  GetIdCommand,
  ListIdentityPoolsCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateIdentityPoolCommand,
} from '@aws-sdk/client-cognito-identity'
import { makeIdentityPool, makeUserPool, type UserPool } from '../support/identities.ts'
import { account, allowing, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let people: UserPool
before(async () => {
  server = await startTestServer()
  people = await makeUserPool(server)
})
after(() => server.close())

const identity = () => server.clients.identity
const unknown = 'us-east-1:00000000-0000-0000-0000-000000000000'
const notFound = { name: 'ResourceNotFoundException', message: `IdentityPool '${unknown}' not found.` }
const arnOf = (id: string) => `arn:aws:cognito-identity:us-east-1:${account}:identitypool/${id}`
const describePool = async (IdentityPoolId: string) => {
  const { $metadata: _, ...pool } = await identity().send(new DescribeIdentityPoolCommand({ IdentityPoolId }))
  return pool
}

describe('CreateIdentityPool', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(
      identity().send(
        new CreateIdentityPoolCommand({ IdentityPoolName: 'x', AllowUnauthenticatedIdentities: 'yes' as never }),
      ),
      { name: 'SerializationException' },
    )
  })

  test('refuses the wrong value, in the words and with the code of this service', async () => {
    await assert.rejects(
      identity().send(new CreateIdentityPoolCommand({ IdentityPoolName: 'a/b', AllowUnauthenticatedIdentities: true })),
      {
        name: 'ValidationException',
        message:
          "1 validation error detected: Value 'a/b' at 'identityPoolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+",
      },
    )
  })

  test('refuses a Cognito provider without a client, or that is no user pool', async () => {
    for (const provider of [
      { ProviderName: people.provider },
      { ClientId: people.clientId },
      { ProviderName: 'accounts.google.com', ClientId: 'x' },
    ]) {
      await assert.rejects(makeIdentityPool(server, [], { CognitoIdentityProviders: [provider] }), {
        name: 'InvalidParameterException',
      })
    }
  })

  test('answers what was set and nothing else, and so does DescribeIdentityPool', async () => {
    const settings = {
      IdentityPoolName: 'My app, v1.0',
      AllowUnauthenticatedIdentities: false,
      AllowClassicFlow: true,
      SupportedLoginProviders: { 'accounts.google.com': 'g.apps' },
      DeveloperProviderName: 'login.mine',
      OpenIdConnectProviderARNs: [`arn:aws:iam::${account}:oidc-provider/login.example.com`],
      CognitoIdentityProviders: [
        { ProviderName: people.issuer, ClientId: people.clientId, ServerSideTokenCheck: true },
      ],
      SamlProviderARNs: [`arn:aws:iam::${account}:saml-provider/corp`],
      IdentityPoolTags: { team: 'blue' },
    }
    const { $metadata: _, ...made } = await identity().send(new CreateIdentityPoolCommand(settings))
    assert.match(
      made.IdentityPoolId ?? '',
      /^us-east-1:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    assert.deepEqual(made, { ...settings, IdentityPoolId: made.IdentityPoolId })
    assert.deepEqual(await describePool(made.IdentityPoolId!), made)
    const foreign = 'arn:aws:iam::999999999999:saml-provider/corp'
    await assert.rejects(identity().send(new CreateIdentityPoolCommand({ ...settings, SamlProviderARNs: [foreign] })), {
      name: 'InvalidParameterException',
      message: `Identity provider ${foreign} is not valid for account ${account}`,
    })
    const bare = await makeIdentityPool(server, [], { CognitoIdentityProviders: undefined })
    assert.deepEqual(await describePool(bare), {
      IdentityPoolId: bare,
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: true,
    })
  })
})

describe('DescribeIdentityPool', () => {
  test('refuses a value that is no id, and an id that nobody has', async () => {
    await assert.rejects(describePool('us-east-1_abc'), {
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'us-east-1_abc' at 'identityPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+:[0-9a-f-]+",
    })
    await assert.rejects(describePool(unknown), notFound)
  })
})

describe('UpdateIdentityPool', () => {
  test('replaces: what is left out goes back to its default, but the developer provider stays', async () => {
    const id = await makeIdentityPool(server, [people], { AllowClassicFlow: false, DeveloperProviderName: 'mine' })
    const wanted = { IdentityPoolId: id, IdentityPoolName: 'new', AllowUnauthenticatedIdentities: false }
    await identity().send(new UpdateIdentityPoolCommand(wanted))
    assert.deepEqual(await describePool(id), { ...wanted, DeveloperProviderName: 'mine' })
    await assert.rejects(
      identity().send(new UpdateIdentityPoolCommand({ ...wanted, DeveloperProviderName: 'other' })),
      { name: 'InvalidParameterException' },
    )
  })

  test('refuses an unknown pool and what cannot be', async () => {
    const wanted = { IdentityPoolId: unknown, IdentityPoolName: 'x', AllowUnauthenticatedIdentities: false }
    await assert.rejects(identity().send(new UpdateIdentityPoolCommand(wanted)), notFound)
    const id = await makeIdentityPool(server, [people])
    await assert.rejects(
      identity().send(
        new UpdateIdentityPoolCommand({
          ...wanted,
          IdentityPoolId: id,
          CognitoIdentityProviders: [{ ProviderName: 'x', ClientId: 'y' }],
        }),
      ),
      { name: 'InvalidParameterException' },
    )
    assert.equal((await describePool(id)).IdentityPoolName, 'app')
  })
})

describe('ListIdentityPools', () => {
  test('refuses a page of sixty-one and a token of another list', async () => {
    await assert.rejects(identity().send(new ListIdentityPoolsCommand({ MaxResults: 61 })), {
      name: 'ValidationException',
    })
    await assert.rejects(identity().send(new ListIdentityPoolsCommand({ MaxResults: 1, NextToken: 'x' })), {
      name: 'InvalidParameterException',
    })
  })

  test('lists every pool once, page by page', async () => {
    await makeIdentityPool(server, [])
    await makeIdentityPool(server, [])
    const all: string[] = []
    let NextToken: string | undefined
    do {
      const listed = await identity().send(new ListIdentityPoolsCommand({ MaxResults: 2, NextToken }))
      assert.ok((listed.IdentityPools?.length ?? 0) <= 2)
      all.push(...(listed.IdentityPools ?? []).map((one) => one.IdentityPoolId!))
      NextToken = listed.NextToken
    } while (NextToken)
    const whole = await identity().send(new ListIdentityPoolsCommand({ MaxResults: 60 }))
    assert.deepEqual(
      all,
      whole.IdentityPools?.map((one) => one.IdentityPoolId),
    )
    assert.equal(new Set(all).size, all.length)
    assert.ok(all.length >= 3)
  })
})

describe('DeleteIdentityPool', () => {
  test('takes the pool away with its identities', async () => {
    const id = await makeIdentityPool(server, [])
    await identity().send(new GetIdCommand({ IdentityPoolId: id }))
    await identity().send(new DeleteIdentityPoolCommand({ IdentityPoolId: id }))
    const gone = { name: 'ResourceNotFoundException' }
    await assert.rejects(describePool(id), gone)
    await assert.rejects(identity().send(new GetIdCommand({ IdentityPoolId: id })), gone)
    await assert.rejects(identity().send(new DeleteIdentityPoolCommand({ IdentityPoolId: id })), gone)
  })

  test('answers an empty body', async () => {
    const id = await makeIdentityPool(server, [])
    let length: string | undefined
    const client = server.clientsWith({ accessKeyId: 'test', secretAccessKey: 'test' }).identity
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args)
        length = (result.response as { headers: Record<string, string> }).headers['content-length']
        return result
      },
      { step: 'deserialize' },
    )
    await client.send(new DeleteIdentityPoolCommand({ IdentityPoolId: id }))
    assert.equal(length, '0')
  })
})

describe('tags', () => {
  test('are added, replaced, removed and listed', async () => {
    const id = await makeIdentityPool(server, [], { IdentityPoolTags: { a: '1' } })
    const ResourceArn = arnOf(id)
    const tags = async () => (await identity().send(new ListTagsForResourceCommand({ ResourceArn }))).Tags
    await identity().send(new TagResourceCommand({ ResourceArn, Tags: { a: '2', b: '3' } }))
    assert.deepEqual(await tags(), { a: '2', b: '3' })
    await identity().send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a', 'c'] }))
    assert.deepEqual(await tags(), { b: '3' })
    assert.deepEqual((await describePool(id)).IdentityPoolTags, { b: '3' })
  })

  test('are refused on what is no pool of this account and region, and beyond fifty', async () => {
    const id = await makeIdentityPool(server, [])
    const tag = (ResourceArn: string, Tags: Record<string, string> = { a: '1' }) =>
      identity().send(new TagResourceCommand({ ResourceArn, Tags }))
    await assert.rejects(tag('arn:aws:s3:::bucket-of-somebody'), { name: 'InvalidParameterException' })
    await assert.rejects(tag(arnOf(id).replace(account, '111111111111')), { name: 'ResourceNotFoundException' })
    await assert.rejects(tag(arnOf(unknown)), notFound)
    await assert.rejects(tag(arnOf(id), { 'aws:x': '1' }), { name: 'InvalidParameterException' })
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']))
    await assert.rejects(tag(arnOf(id), many), { name: 'InvalidParameterException' })
  })
})

describe('a caller who is not root', () => {
  const callerWith = async (name: string, policy: string) =>
    assume(server, server.clients, await makeRole(server.clients, name, { policy }))

  test('reaches the pools of the policy and learns nothing of others', async () => {
    const [mine, other] = [await makeIdentityPool(server, []), await makeIdentityPool(server, [])]
    const caller = await callerWith('OnePool', allowing('cognito-identity:DescribeIdentityPool', arnOf(mine)))
    await caller.identity.send(new DescribeIdentityPoolCommand({ IdentityPoolId: mine }))
    for (const id of [other, unknown]) {
      await assert.rejects(caller.identity.send(new DescribeIdentityPoolCommand({ IdentityPoolId: id })), {
        name: 'AccessDeniedException',
        message: `User: arn:aws:sts::${account}:assumed-role/OnePool/me is not authorized to perform: cognito-identity:DescribeIdentityPool on resource: ${arnOf(id)} because no identity-based policy allows the cognito-identity:DescribeIdentityPool action`,
      })
    }
    await assert.rejects(caller.identity.send(new ListIdentityPoolsCommand({ MaxResults: 1 })), {
      name: 'AccessDeniedException',
      message: new RegExp(`on resource: ${arnOf('')} because`),
    })
  })

  test('may be told apart by tags of the request and of the pool', async () => {
    const statement = (Action: string, Condition: object) => ({ Effect: 'Allow', Action, Resource: '*', Condition })
    const caller = await callerWith(
      'Tagged',
      document(
        statement('cognito-identity:CreateIdentityPool', { StringEquals: { 'aws:RequestTag/team': 'blue' } }),
        statement('cognito-identity:DescribeIdentityPool', { StringEquals: { 'aws:ResourceTag/team': 'blue' } }),
      ),
    )
    const create = (IdentityPoolTags?: Record<string, string>) =>
      caller.identity.send(
        new CreateIdentityPoolCommand({
          IdentityPoolName: 'x',
          AllowUnauthenticatedIdentities: false,
          IdentityPoolTags,
        }),
      )
    const denied = { name: 'AccessDeniedException' }
    const { IdentityPoolId } = await create({ team: 'blue' })
    await caller.identity.send(new DescribeIdentityPoolCommand({ IdentityPoolId }))
    await assert.rejects(create({ team: 'red' }), denied)
    await assert.rejects(create(), denied)
    const red = await makeIdentityPool(server, [], { IdentityPoolTags: { team: 'red' } })
    await assert.rejects(caller.identity.send(new DescribeIdentityPoolCommand({ IdentityPoolId: red })), denied)
  })
})
