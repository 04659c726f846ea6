/** Authentication levels at hosted login: what its tokens say, and what `acr_values` makes of a browser's session. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AssociateSoftwareTokenCommand,
  CreateManagedLoginBrandingCommand,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolDomainCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { extend } from '../support/extensions.ts'
import {
  ask,
  callback,
  codeIn,
  type HostedPool,
  makeHosted,
  openVisitor,
  redeem,
  requestOf,
  type Seen,
} from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

const level = (n: number) => `urn:cognito:loa:${n}`

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server)
  const { idp } = server.clients
  const [UserPoolId, Domain] = [pool.id, pool.domain]
  await idp.send(new UpdateUserPoolDomainCommand({ UserPoolId, Domain, ManagedLoginVersion: 2 }))
  await idp.send(
    new CreateManagedLoginBrandingCommand({ UserPoolId, ClientId: pool.client.id, UseCognitoProvidedValues: true }),
  )
  const SoftwareTokenMfaConfiguration = { Enabled: true }
  await idp.send(
    new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration }),
  )
})
after(() => server.close())

const said = async (seen: Seen) => {
  const { body } = await redeem(pool, codeIn(seen))
  const [id, access] = [claimsOf(body['id_token']), claimsOf(body['access_token'])]
  assert.deepEqual([id['acr'], id['amr']], [access['acr'], access['amr']])
  return { level: [access['acr'], access['amr']], refreshToken: body['refresh_token'] ?? '' }
}

test('tokens of hosted login say how their user signed in, a session of the browser and a refresh keep it', async () => {
  await pool.add('ann')
  const visitor = openVisitor()
  const first = await said(await visitor.signIn(pool, requestOf(pool), 'ann'))
  assert.deepEqual(first.level, [level(1), ['pwd']])
  const again = await said(await visitor.go(`${pool.url}/oauth2/authorize?${requestOf(pool)}`))
  assert.deepEqual(again.level, first.level)
  const refreshed = await ask(`${pool.url}/oauth2/token`, {
    ...{ grant_type: 'refresh_token', client_id: pool.client.id, refresh_token: again.refreshToken },
  })
  assert.deepEqual(claimsOf(refreshed.body['access_token'])['amr'], ['pwd'])
})

test('a level that the browser’s session lacks is asked for, and reached by the factor that lacks', async () => {
  await pool.add('tom')
  const AccessToken = await pool.tokenOf('tom')
  const { idp } = server.clients
  const { SecretCode } = await idp.send(new AssociateSoftwareTokenCommand({ AccessToken }))
  const code = () => totp(fromBase32(SecretCode ?? '') ?? Buffer.alloc(0), server.world.now())
  await idp.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: code() }))
  server.world.clock.advance(30_000)
  const visitor = openVisitor()
  assert.ok((await visitor.signIn(pool, requestOf(pool), 'tom')).location.startsWith(callback))
  const low = requestOf(pool, { acr_values: `${level(1)}` })
  assert.ok((await visitor.go(`${pool.url}/oauth2/authorize?${low}`)).location.startsWith(callback))
  const asked = await visitor.signIn(pool, requestOf(pool, { acr_values: level(4) }), 'tom')
  assert.match(asked.location, /\/mfa\?/)
  const at = new URL(asked.location, pool.url).href
  const done = await visitor.send(await visitor.go(at), at, { code: code() })
  assert.deepEqual((await said(done)).level, [level(4), ['pwd', 'otp', 'mfa']])
  const high = requestOf(pool, { acr_values: level(4) })
  assert.ok((await visitor.go(`${pool.url}/oauth2/authorize?${high}`)).location.startsWith(callback))
})

test('a level in a pushed request counts as one in the address, and one beside a pushed request for nothing', async () => {
  await extend(server, pool, pool.client.id, { pushedRequests: 'allowed' })
  await pool.add('pia')
  const visitor = openVisitor()
  await visitor.signIn(pool, requestOf(pool), 'pia')
  const push = async (more: Record<string, string>) => {
    const { body } = await ask(`${pool.url}/oauth2/par`, requestOf(pool, more))
    return `${pool.url}/oauth2/authorize?client_id=${pool.client.id}&request_uri=${encodeURIComponent(body['request_uri'] ?? assert.fail(JSON.stringify(body)))}`
  }
  const high = await visitor.go(await push({ acr_values: level(4) }))
  assert.match(high.location, /\/login\?/, 'the browser’s session is too low for it')
  const at = new URL(high.location, pool.url).href
  const refused = await visitor.send(await visitor.go(at), at, { username: 'pia', password: 'Passw0rd!' })
  assert.match(refused.location, /\/login\?/, 'and so is the password')
  const beside = await visitor.go(`${await push({})}&acr_values=${encodeURIComponent(level(4))}`)
  assert.deepEqual((await said(beside)).level, [level(1), ['pwd']])
})

test('the tokens of a device say how whoever allowed it signed in', async () => {
  await extend(server, pool, pool.client.id, { deviceGrant: true })
  await pool.add('dan')
  const codes = await ask(`${pool.url}/oauth2/device_authorization`, { client_id: pool.client.id, scope: 'openid' })
  const visitor = openVisitor()
  const typed = await visitor.go(`${pool.url}/device?user_code=${codes.body['user_code']}`)
  const toLogin = await visitor.go(new URL(typed.location, pool.url).href)
  const login = new URL(toLogin.location, pool.url).href
  const to = await visitor.send(await visitor.go(login), login, { username: 'dan', password: 'Passw0rd!' })
  const confirm = new URL(to.location, pool.url).href
  await visitor.send(await visitor.go(confirm), confirm, { answer: 'allow' })
  server.world.clock.advance(10_000)
  const { body } = await ask(`${pool.url}/oauth2/token`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    ...{ client_id: pool.client.id, device_code: codes.body['device_code'] ?? '' },
  })
  assert.deepEqual([claimsOf(body['id_token'])['acr'], claimsOf(body['access_token'])['amr']], [level(1), ['pwd']])
})

test('unknown levels are as if they were not asked for; one out of reach is refused on the page', async () => {
  await pool.add('max')
  const visitor = openVisitor()
  const unknown = await visitor.signIn(pool, requestOf(pool, { acr_values: 'urn:unknown' }), 'max')
  assert.deepEqual((await said(unknown)).level, [level(1), ['pwd']])
  const beyond = await openVisitor().signIn(pool, requestOf(pool, { acr_values: level(4) }), 'max')
  assert.match(beyond.location, /\/login\?/)
})
