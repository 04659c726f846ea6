/** Tokens for services outside, through the SDK, verified by jose as such a service would. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  DisableOutboundWebIdentityFederationCommand,
  EnableOutboundWebIdentityFederationCommand,
  GetOutboundWebIdentityFederationInfoCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleWithWebIdentityCommand,
  GetSessionTokenCommand,
  GetWebIdentityTokenCommand,
  type GetWebIdentityTokenCommandInput,
} from '@aws-sdk/client-sts'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { account, allowing, assume, document, keysOf, makeRole, postForm, trusting } from '../support/roles.ts'
import { type Clients, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let issuer: string
let session: Clients

const ask = (more: Partial<GetWebIdentityTokenCommandInput> = {}, { sts }: Pick<Clients, 'sts'> = server.clients) =>
  sts.send(new GetWebIdentityTokenCommand({ Audience: ['api'], SigningAlgorithm: 'ES384', ...more }))
const iam = () => server.clients.iam
const enable = (clients = iam()) => clients.send(new EnableOutboundWebIdentityFederationCommand({}))
const disable = () => iam().send(new DisableOutboundWebIdentityFederationCommand({}))
const info = () => iam().send(new GetOutboundWebIdentityFederationInfoCommand({}))
const disabled = { name: 'FeatureDisabledException' }

before(async () => {
  server = await startTestServer()
})
after(() => server.close())

describe('outbound federation', () => {
  test('is off until it is turned on, and on once', async () => {
    await assert.rejects(ask(), { name: 'OutboundWebIdentityFederationDisabledException' })
    await assert.rejects(info(), disabled)
    await assert.rejects(disable(), disabled)
    const calls = await Promise.allSettled(Array.from({ length: 5 }, () => enable()))
    assert.equal(calls.filter(({ status }) => status === 'fulfilled').length, 1)
    await assert.rejects(enable(), { name: 'FeatureEnabledException' })
    const told = await info()
    assert.equal(told.JwtVendingEnabled, true)
    issuer = told.IssuerIdentifier!
    assert.ok(issuer.startsWith(`${server.endpoint}/sts/`))
    await disable()
    await assert.rejects(ask(), { name: 'OutboundWebIdentityFederationDisabledException' })
    assert.equal((await enable()).IssuerIdentifier, issuer)
  })

  test('is for those whom policy lets', async () => {
    const nobody = await assume(server, server.clients, await makeRole(server.clients, 'Nobody'))
    for (const Command of [
      EnableOutboundWebIdentityFederationCommand,
      DisableOutboundWebIdentityFederationCommand,
      GetOutboundWebIdentityFederationInfoCommand,
    ]) {
      await assert.rejects(nobody.iam.send(new Command({})), { name: 'AccessDenied' })
    }
    await assert.rejects(ask({}, nobody), { name: 'AccessDenied' })
  })
})

describe('GetWebIdentityToken', () => {
  before(async () => {
    const policy = document({
      Effect: 'Allow',
      Action: ['sts:GetWebIdentityToken', 'sts:TagGetWebIdentityToken'],
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': ['api', 'other'] } },
    })
    const role = await makeRole(server.clients, 'Worker', {
      policy,
      trust: trusting(account, ['sts:AssumeRole', 'sts:TagSession']),
    })
    session = await assume(server, server.clients, role, {
      Tags: [{ Key: 'team', Value: 'blue' }],
      DurationSeconds: 900,
    })
  })

  test('refuses the wrong type', async () => {
    const { status, text } = await postForm(server.endpoint, { Action: 'GetWebIdentityToken', Version: '2011-06-15' })
    assert.equal(status, 403)
    assert.match(text, /MissingAuthenticationToken/)
    await assert.rejects(ask({ DurationSeconds: 'x' as never }), { name: 'MalformedInput' })
  })

  test('refuses the wrong value: an hour and a second, another algorithm, a repeated tag, no audience', async () => {
    await assert.rejects(ask({ DurationSeconds: 3601 }), { name: 'ValidationError' })
    await assert.rejects(ask({ SigningAlgorithm: 'HS256' }), { name: 'ValidationError' })
    await assert.rejects(ask({ Audience: [] }), { name: 'ValidationError' })
    const Tags = ['job', 'Job'].map((Key) => ({ Key, Value: 'x' }))
    await assert.rejects(ask({ Tags }), { name: 'ValidationError' })
    await assert.rejects(ask({ Audience: ['somebody'] }, session), { name: 'AccessDenied' })
    await assert.rejects(ask({ DurationSeconds: 1800 }, session), { name: 'SessionDurationEscalationException' })
  })

  test('gives a token that a service outside verifies, in either algorithm', async () => {
    const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`))
    const configuration = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as object
    assert.deepEqual(
      { issuer, jwks_uri: `${issuer}/.well-known/jwks.json` },
      {
        issuer: configuration['issuer' as never],
        jwks_uri: configuration['jwks_uri' as never],
      },
    )
    for (const SigningAlgorithm of ['ES384', 'RS256']) {
      const { WebIdentityToken: token, Expiration } = await ask(
        { SigningAlgorithm, Audience: ['api', 'other'], Tags: [{ Key: 'job', Value: '7' }] },
        session,
      )
      assert.equal(decodeProtectedHeader(token!).alg, SigningAlgorithm)
      const { payload } = await jwtVerify(token!, keys, { issuer, audience: 'other', algorithms: [SigningAlgorithm] })
      assert.equal(payload.sub, `arn:aws:iam::${account}:role/Worker`)
      assert.equal(payload.exp! - payload.iat!, 300)
      assert.equal(Expiration!.getTime(), payload.exp! * 1000)
      assert.deepEqual(payload['https://sts.amazonaws.com/'], {
        aws_account: account,
        source_region: 'us-east-1',
        principal_tags: { team: 'blue' },
        request_tags: { job: '7' },
      })
    }
  })

  test('is not for the credentials of GetSessionToken, and leads to no role here', async () => {
    const { Credentials } = await server.clients.sts.send(new GetSessionTokenCommand({}))
    await assert.rejects(ask({}, server.clientsWith(keysOf(Credentials))), { name: 'AccessDenied' })
    const { WebIdentityToken } = await ask()
    const role = await makeRole(server.clients, 'Target', { policy: allowing('s3:*') })
    await assert.rejects(
      server.clients.sts.send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn: role, RoleSessionName: 'me', WebIdentityToken }),
      ),
      {
        name: 'InvalidIdentityTokenException',
        message: `No OpenIDConnect provider found in your account for ${issuer}`,
      },
    )
  })

  test('its issuer is found by its own address only', async () => {
    const other = `${issuer.slice(0, -4)}0000`
    assert.equal((await fetch(`${other}/.well-known/jwks.json`)).status, 404)
    const text = await (await fetch(`${issuer}/.well-known/jwks.json`)).text()
    for (const secret of ['"d"', '"p"', '"q"']) assert.ok(!text.includes(secret))
  })
})
