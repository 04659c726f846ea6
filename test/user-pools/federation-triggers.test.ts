/** What a pool's functions are asked about people who sign in by a provider, and many sign-ins of one person at once. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  AdminDeleteUserCommand,
  AdminLinkProviderForUserCommand,
  CreateIdentityProviderCommand,
  ListUsersCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { codeIn, type HostedPool, makeHosted, openVisitor, redeem, requestOf, type Seen } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'
import { askedOf, type Liar, type Person, startLiar } from '../support/upstream.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-federation-'))
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const names = [
  'PreSignUp',
  'PostConfirmation',
  'PreAuthentication',
  'PostAuthentication',
  'PreTokenGeneration',
] as const

let server: TestServer
let pool: HostedPool
let liar: Liar
/** The events that functions reported, in order. */
const events: { triggerSource: string; userName: string; request: Record<string, unknown> }[] = []
const seenSince = async (work: () => Promise<unknown>) => {
  events.length = 0
  await work()
  return events.map(({ triggerSource }) => triggerSource)
}
before(async () => {
  liar = await startLiar()
  liar.replies['/event'] = (body) => {
    events.push(JSON.parse(body))
    return { body: {} }
  }
  mkdirSync(join(folder, 'tell'))
  writeFileSync(
    join(folder, 'tell', 'index.mjs'),
    `export const handler = async (event) => {
      await fetch('${liar.issuer}/event', { method: 'POST', body: JSON.stringify(event) })
      if (event.userName.includes('unwanted')) throw new Error('Not here')
      if (event.userName.includes('wordy')) throw new Error('Not here, “and so on”. '.repeat(500))
      return event
    }`,
  )
  mkdirSync(join(folder, 'inbound'))
  writeFileSync(
    join(folder, 'inbound', 'index.mjs'),
    `export const handler = async (event) => {
      const { idToken } = event.request.attributes
      if (idToken?.department) event.response.userAttributesToMap = { name: 'of ' + idToken.department }
      return event
    }`,
  )
  server = await startTestServer({ functions: folder })
  pool = await makeHosted(
    server,
    {},
    {
      LambdaConfig: {
        ...Object.fromEntries(names.map((name) => [name, arn('tell')])),
        InboundFederation: { LambdaArn: arn('inbound'), LambdaVersion: 'V1_0' },
      },
    },
  )
  await server.clients.idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: pool.id, ProviderName: 'Corp', ProviderType: 'OIDC', ProviderDetails: liar.details() },
      AttributeMapping: { email: 'email', name: 'name' },
    }),
  )
  Object.assign(pool, { client: await pool.addOAuthClient({ SupportedIdentityProviders: ['Corp'] }) })
})
after(async () => {
  await server.close()
  await liar.close()
  rmSync(folder, { recursive: true, force: true })
})

async function signIn(claims: Person): Promise<Seen> {
  const visitor = openVisitor()
  const query = requestOf(pool, { identity_provider: 'Corp' })
  const asked = askedOf((await visitor.go(`${pool.url}/oauth2/authorize?${query}`)).location)
  // Each code has its own tokens, so that many may come at once.
  const { nonce, state = '' } = asked
  answers.set(state, liar.idToken({ nonce, ...claims }))
  liar.replies['/token'] = (body) => ({
    body: { access_token: 'x', id_token: answers.get(new URLSearchParams(body).get('code') ?? '') },
  })
  liar.replies['/me'] = { body: { sub: claims['sub'] } }
  return visitor.go(`${pool.url}/oauth2/idpresponse?${new URLSearchParams({ code: state, state })}`)
}
const answers = new Map<string, string>()
const tokensOf = async (seen: Seen) => claimsOf((await redeem(pool, codeIn(seen))).body['id_token'])

test('the first sign-in asks about sign-up and tells of confirmation, a later one of authentication', async () => {
  const first = await seenSince(async () => tokensOf(await signIn({ sub: 'ann', email: 'ann@corp.example' })))
  assert.deepEqual(first, [
    ...['PreSignUp_ExternalProvider', 'PostConfirmation_ConfirmSignUp', 'TokenGeneration_HostedAuth'],
  ])
  const asked = events[0]
  assert.equal(asked?.userName, 'Corp_ann')
  assert.deepEqual(asked?.request['userAttributes'], {
    ...{ email: 'ann@corp.example', 'cognito:email_alias': '', 'cognito:phone_number_alias': '' },
  })
  const later = await seenSince(async () => tokensOf(await signIn({ sub: 'ann' })))
  assert.deepEqual(later, [
    ...['PreAuthentication_Authentication', 'PostAuthentication_Authentication', 'TokenGeneration_HostedAuth'],
  ])
})

test('a function that throws ends the sign-in, and the app is told its words', async () => {
  const seen = await signIn({ sub: 'unwanted' })
  const { searchParams } = new URL(seen.location)
  assert.equal(searchParams.get('error_description'), 'PreSignUp failed with error Not here.')
  assert.equal(searchParams.get('error'), 'invalid_request')
  const { Users } = await server.clients.idp.send(
    new ListUsersCommand({ UserPoolId: pool.id, Filter: 'username = "Corp_unwanted"' }),
  )
  assert.deepEqual(Users, [])
})

test('of a function that says very much as much is told as an address and a cookie hold', async () => {
  const { location } = await signIn({ sub: 'wordy' })
  assert.match(new URL(location).searchParams.get('error_description') ?? '', /^PreSignUp failed with error Not here/)
  assert.ok(location.length < 4_096, `${location.length}`)
  const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['COGNITO'] })
  const at = `${pool.url}/signup?${requestOf({ client })}`
  const visitor = openVisitor()
  const seen = await visitor.send(await visitor.go(at), at, { username: 'wordy', password: 'Passw0rd!' })
  // RFC 6265 6.1: browsers keep no longer cookie.
  for (const cookie of seen.headers.getSetCookie()) assert.ok(cookie.length <= 4_096, `${cookie.length}`)
  assert.match((await visitor.go(at)).text, /role="alert">PreSignUp failed with error Not here/)
})

test('the inbound federation function has the last word about what is mapped', async () => {
  await signIn({ sub: 'ida', name: 'Ida', email: 'ida@corp.example', department: 'sales' })
  const { attributes } = await pool.look('Corp_ida')
  assert.equal(attributes['name'], 'of sales')
  assert.equal(attributes['email'], undefined)
})

test('a link that the function makes at sign-up counts at once', async () => {
  const sub = await pool.add('linked')
  const report = liar.replies['/event']
  liar.replies['/event'] = async (body) => {
    if (body.includes('PreSignUp_ExternalProvider')) {
      await server.clients.idp.send(
        new AdminLinkProviderForUserCommand({
          UserPoolId: pool.id,
          DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: 'linked' },
          SourceUser: {
            ...{ ProviderName: 'Corp', ProviderAttributeName: 'Cognito_Subject', ProviderAttributeValue: 'late' },
          },
        }),
      )
    }
    return { body: {} }
  }
  assert.equal((await tokensOf(await signIn({ sub: 'late' })))['sub'], sub)
  if (report) liar.replies['/event'] = report
})

test('many first sign-ins of one person at once make one user', async () => {
  const seen = await Promise.all(Array.from({ length: 6 }, () => signIn({ sub: 'many' })))
  const subs = await Promise.all(seen.map(async (one) => (await tokensOf(one))['sub']))
  assert.equal(new Set(subs).size, 1)
})

test('somebody who was deleted comes back as somebody new', async () => {
  const before = (await tokensOf(await signIn({ sub: 'phoenix' })))['sub']
  await server.clients.idp.send(new AdminDeleteUserCommand({ UserPoolId: pool.id, Username: 'Corp_phoenix' }))
  assert.notEqual((await tokensOf(await signIn({ sub: 'phoenix' })))['sub'], before)
})
