/** Identity pools of a server whose tokens have AWS's own issuers. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GetIdCommand, GetOpenIdTokenCommand } from '@aws-sdk/client-cognito-identity'
import { UpdateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider'
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts'
import { addUser, giveRoles, loginsOf, makeIdentityPool, makeUserPool } from '../support/identities.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ settings: { issuer: 'aws' } })
})
after(() => server.close())

test("a login and the token for it have AWS's issuers, and STS takes the token", async () => {
  const people = await makeUserPool(server)
  await addUser(server, people, 'ann')
  const IdentityPoolId = await makeIdentityPool(server, [people])
  const { authenticated } = await giveRoles(server, IdentityPoolId)
  const Logins = await loginsOf(server, people, 'ann')
  const { identity, sts } = server.clients
  const { IdentityId } = await identity.send(new GetIdCommand({ IdentityPoolId, Logins }))
  const { Token } = await identity.send(new GetOpenIdTokenCommand({ IdentityId, Logins }))
  const { iss } = JSON.parse(Buffer.from(Token!.split('.')[1]!, 'base64url').toString())
  assert.equal(iss, 'https://cognito-identity.amazonaws.com')
  const assumed = await sts.send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn: authenticated, RoleSessionName: 'me', WebIdentityToken: Token }),
  )
  assert.equal(assumed.SubjectFromWebIdentityToken, IdentityId)
})

test('a pool whose issuer is UPDATED has it in its tokens, its discovery and its logins', async () => {
  const people = await makeUserPool(server)
  const IssuerConfiguration = { Type: 'UPDATED' as const }
  await server.clients.idp.send(new UpdateUserPoolCommand({ UserPoolId: people.id, IssuerConfiguration }))
  await addUser(server, people, 'bob')
  const IdentityPoolId = await makeIdentityPool(server, [people])
  const Logins = await loginsOf(server, people, 'bob')
  const [token = ''] = Object.values(Logins)
  const issuer = `https://issuer-cognito-idp.us-east-1.amazonaws.com/${people.id}`
  assert.equal(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iss, issuer)
  const discovery = await fetch(`${server.endpoint}/${people.id}/.well-known/openid-configuration`)
  assert.equal((await discovery.json()).issuer, issuer)
  const { IdentityId } = await server.clients.identity.send(new GetIdCommand({ IdentityPoolId, Logins }))
  assert.ok(IdentityId)
})
