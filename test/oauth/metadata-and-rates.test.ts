/** What a machine sends along for the pool's function, and request rates at the OAuth endpoints. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateResourceServerCommand } from '@aws-sdk/client-cognito-identity-provider'
import { ask, basic, callback, codeIn, makeHosted, openVisitor, requestOf } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

const source = `export const handler = async (event) => {
  const claimsToAddOrOverride = { tenant: event.triggerSource + ' ' + (event.request.clientMetadata?.tenant ?? 'none') }
  event.response.claimsAndScopeOverrideDetails = { accessTokenGeneration: { claimsToAddOrOverride } }
  return event
}`
const folder = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))
let server: TestServer
before(async () => {
  mkdirSync(join(folder, 'pre-token'))
  writeFileSync(join(folder, 'pre-token', 'index.mjs'), source)
  server = await startTestServer({ functions: folder })
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

test('aws_client_metadata reaches the pool’s function for machines; what is no map of texts is refused', async () => {
  const LambdaArn = 'arn:aws:lambda:us-east-1:000000000000:function:pre-token'
  const LambdaConfig = { PreTokenGenerationConfig: { LambdaArn, LambdaVersion: 'V3_0' as const } }
  const pool = await makeHosted(server, {}, { LambdaConfig })
  const Scopes = [{ ScopeName: 'read', ScopeDescription: 'read' }]
  await server.clients.idp.send(
    new CreateResourceServerCommand({ UserPoolId: pool.id, Identifier: 'api', Name: 'api', Scopes }),
  )
  const machine = await pool.addOAuthClient({
    GenerateSecret: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: ['api/read'],
  })
  const token = (more: Record<string, string>) =>
    ask(`${pool.url}/oauth2/token`, { grant_type: 'client_credentials', ...more }, basic(machine))
  const told = await token({ aws_client_metadata: JSON.stringify({ tenant: 'a b' }) })
  assert.equal(claimsOf(told.body['access_token'] ?? '')['tenant'], 'TokenGeneration_ClientCredentials a b')
  const none = await token({})
  assert.equal(claimsOf(none.body['access_token'] ?? '')['tenant'], 'TokenGeneration_ClientCredentials none')
  for (const wrong of ['{', '[]', '"a"', '{"a":1}']) {
    const { status, body } = await token({ aws_client_metadata: wrong })
    assert.deepEqual([status, body], [400, { error: 'invalid_request' }], wrong)
  }
})

test('the token endpoint and userInfo have the rates of their categories', async () => {
  const tagged = { UserPoolTags: { 'poolhouse:request-rates': 'UserToken=2 UserRead=1' } }
  const pool = await makeHosted(server, {}, tagged)
  await pool.add('ann')
  const visitor = openVisitor()
  const code = codeIn(await visitor.signIn(pool, requestOf(pool), 'ann'))
  const form = { client_id: pool.client.id, redirect_uri: callback, code, grant_type: 'authorization_code' }
  const { body } = await ask(`${pool.url}/oauth2/token`, form)
  const refresh = { client_id: pool.client.id, grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' }
  const all = await Promise.all(Array.from({ length: 4 }, () => ask(`${pool.url}/oauth2/token`, refresh)))
  assert.ok(
    all.some(({ status }) => status === 429),
    JSON.stringify(all.map(({ status }) => status)),
  )
  const look = () =>
    fetch(`${pool.url}/oauth2/userInfo`, { headers: { authorization: `Bearer ${body['access_token']}` } })
  const seen = await Promise.all([look(), look(), look()])
  assert.ok(seen.some(({ status }) => status === 429))
})
