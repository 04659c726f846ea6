/** AssumeRoleWithWebIdentity: the rule with verified identities, and what the wire refuses before there is one. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GetRoleCommand, UpdateRoleCommand } from '@aws-sdk/client-iam'
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { assumeRoleWithWebIdentity, type WebIdentity, type WebIdentityRequest } from '../../src/sts/web-identity.ts'
import { account, document, keysOf, makeRole, postForm } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const provider = 'cognito-identity.amazonaws.com'
const pool = 'us-east-1:00000000-0000-0000-0000-000000000001'
const ann: WebIdentity = {
  provider,
  issuer: `https://${provider}`,
  subject: 'us-east-1:00000000-0000-0000-0000-00000000000a',
  audience: pool,
  amr: ['authenticated', 'cognito-idp.us-east-1.amazonaws.com/us-east-1_P'],
}
const guest: WebIdentity = { ...ann, amr: ['unauthenticated'] }

const trustingPool = (
  amr = 'authenticated',
  actions: string | string[] = 'sts:AssumeRoleWithWebIdentity',
  audience = pool,
) =>
  document({
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: actions,
    Condition: {
      StringEquals: { [`${provider}:aud`]: audience },
      'ForAnyValue:StringLike': { [`${provider}:amr`]: amr },
    },
  })

const facts = { region: 'us-east-1', address: '127.0.0.1', userAgent: 'test', secure: false }
const enter = (roleArn: string, identity: WebIdentity = ann, more: Partial<WebIdentityRequest> = {}) =>
  assumeRoleWithWebIdentity(server.world, facts, {
    identity,
    roleArn,
    sessionName: 'CognitoIdentityCredentials',
    ...more,
  })
const refused = {
  code: 'AccessDenied',
  message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  status: 403,
}
const clientsOf = ({ Credentials }: Awaited<ReturnType<typeof enter>>) => server.clientsWith(keysOf(Credentials))

describe('a verified identity', () => {
  test('gets a session that says who it is', async () => {
    const arn = await makeRole(server.clients, 'Auth', { trust: trustingPool() })
    const assumed = await enter(arn)
    assert.match(assumed.AssumedRoleUser.AssumedRoleId, /^AROA\w+:CognitoIdentityCredentials$/)
    const { Arn } = await clientsOf(assumed).sts.send(new GetCallerIdentityCommand({}))
    assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/Auth/CognitoIdentityCredentials`)
  })

  test('is refused with one sentence for every reason', async () => {
    await assert.rejects(enter(`arn:aws:iam::${account}:role/None`), refused)
    await assert.rejects(enter(await makeRole(server.clients, 'ForAccount')), refused)
    await assert.rejects(enter(`arn:aws:iam::${account}:role/Auth`, guest), refused)
    const tagged = { ...ann, tags: [{ Key: 'team', Value: 'x' }] }
    await assert.rejects(enter(`arn:aws:iam::${account}:role/Auth`, tagged), refused)
  })

  test('is known to the trust policy by the provider that vouches for it', async () => {
    const only = (vouching: string) =>
      document({
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${provider}:aud`]: pool, 'aws:FederatedProvider': vouching } },
      })
    await enter(await makeRole(server.clients, 'OfCognito', { trust: only(provider) }))
    await assert.rejects(
      enter(await makeRole(server.clients, 'OfGoogle', { trust: only('accounts.google.com') })),
      refused,
    )
  })

  test('carries its keys and tags into policies', async () => {
    const policy = document({
      Effect: 'Allow',
      Action: 'iam:GetRole',
      Resource: '*',
      Condition: {
        StringEquals: {
          [`${provider}:sub`]: ann.subject,
          'aws:PrincipalTag/team': 'blue',
          'aws:FederatedProvider': provider,
        },
      },
    })
    const trust = trustingPool('authenticated', ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'])
    const arn = await makeRole(server.clients, 'Keys', { trust, policy })
    const tagged = (Value: string) => ({ ...ann, tags: [{ Key: 'team', Value }] })
    const read = (assumed: Awaited<ReturnType<typeof enter>>) =>
      clientsOf(assumed).iam.send(new GetRoleCommand({ RoleName: 'Keys' }))
    await read(await enter(arn, tagged('blue')))
    await assert.rejects(async () => read(await enter(arn, tagged('red'))), { name: 'AccessDenied' })
    await assert.rejects(async () => read(await enter(arn, { ...tagged('blue'), subject: 'other-identity' })), {
      name: 'AccessDenied',
    })
  })

  test('cannot stay longer than the role allows', async () => {
    const arn = `arn:aws:iam::${account}:role/Auth`
    await assert.rejects(enter(arn, ann, { durationSeconds: 7200 }), { code: 'ValidationError' })
    await server.clients.iam.send(new UpdateRoleCommand({ RoleName: 'Auth', MaxSessionDuration: 7200 }))
    await enter(arn, ann, { durationSeconds: 7200 })
  })
})

describe('a guest of the enhanced flow', () => {
  test('may do what the role allows and the list of services has, and nothing beside it', async () => {
    const policy = document({ Effect: 'Allow', Action: '*', Resource: '*' })
    const arn = await makeRole(server.clients, 'Guest', { trust: trustingPool('unauthenticated'), policy })
    const limited = clientsOf(await enter(arn, guest, { guest: true }))
    await assert.rejects(limited.iam.send(new GetRoleCommand({ RoleName: 'Guest' })), {
      name: 'AccessDenied',
      message: /because no session policy allows the iam:GetRole action$/,
    })
    // The classic flow passes no policies.
    await clientsOf(await enter(arn, guest)).iam.send(new GetRoleCommand({ RoleName: 'Guest' }))
  })

  test("has a token that does not hold the list's text", async () => {
    const { Credentials } = await enter(`arn:aws:iam::${account}:role/Guest`, guest, { guest: true })
    assert.ok(Credentials.SessionToken.length < 1024, `${Credentials.SessionToken.length}`)
  })
})

describe('AssumeRoleWithWebIdentity', () => {
  const call = (WebIdentityToken: string, more: object = {}) =>
    server.clients.sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: `arn:aws:iam::${account}:role/Auth`,
        RoleSessionName: 'me',
        WebIdentityToken,
        ...more,
      }),
    )
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

  test('refuses the wrong type', async () => {
    await assert.rejects(call('token', { DurationSeconds: 'x' }), { name: 'MalformedInput' })
  })

  test('refuses the wrong value, and never shows the token', async () => {
    const { status, text } = await postForm(server.endpoint, {
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      WebIdentityToken: 'abc',
    })
    assert.equal(status, 400)
    assert.match(text, /<Code>ValidationError<\/Code><Message>3 validation errors detected/)
    assert.doesNotMatch(text, /abc/)
  })

  test('refuses what is no token, and tokens of issuers nobody registered', async () => {
    await assert.rejects(call('no-token'), {
      name: 'InvalidIdentityTokenException',
      message: 'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    })
    const foreign = `${encode({ alg: 'RS256', kid: 'k' })}.${encode({ iss: 'https://evil.example', sub: 'x' })}.AAAA`
    await assert.rejects(call(foreign), {
      name: 'InvalidIdentityTokenException',
      message: 'No OpenIDConnect provider found in your account for https://evil.example',
    })
    await assert.rejects(call(foreign, { ProviderId: 'login.example.com' }), {
      name: 'InvalidIdentityTokenException',
      message: "Specified provider doesn't exist",
    })
  })
})
