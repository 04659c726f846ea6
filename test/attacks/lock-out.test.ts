/** Attacks on the lock-out of sign-ins. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { InitiateAuthCommand, RespondToAuthChallengeCommand } from '@aws-sdk/client-cognito-identity-provider'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { srpClient } from '../support/sign-in.ts'

let server: TestServer
let pool: TestPool
let hashes = 0
let number = 0
let name = ''

before(async () => {
  server = await startTestServer()
  server.world.clock.stand()
  const settings = { AliasAttributes: ['email' as const], UsernameConfiguration: { CaseSensitive: false } }
  pool = await makePool(server, settings, {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH'],
    PreventUserExistenceErrors: 'ENABLED',
  })
  const { verifyPassword } = server.world.slow
  Object.assign(server.world.slow, {
    verifyPassword: (hash: string, given: string) => {
      hashes += 1
      return verifyPassword(hash, given)
    },
  })
})
beforeEach(async () => {
  number += 1
  name = `ann${number}`
  await pool.add(name, { email: `${name}@example.com`, email_verified: 'true' })
  hashes = 0
})
after(() => server.close())

const signIn = (USERNAME: string, PASSWORD = password) =>
  server.clients.idp.send(
    new InitiateAuthCommand({
      ...{ ClientId: pool.clientId, AuthParameters: { USERNAME, PASSWORD } },
      AuthFlow: 'USER_PASSWORD_AUTH',
    }),
  )
const guess = (USERNAME: string) => signIn(USERNAME, 'Wrong-Passw0rd')
const wrong = (USERNAME: string) =>
  refused(guess(USERNAME), 'NotAuthorizedException', 'Incorrect username or password.')
const locked = (call: Promise<unknown>) => refused(call, 'NotAuthorizedException', 'Password attempts exceeded')

/** With the clock moved on, which `t` moves back. */
function later(ms: number) {
  server.world.clock.advance(ms)
}

test('case 38: letter case, spaces and aliases are not another name to the lock-out', async () => {
  const spellings = [name, name.toUpperCase(), `${name}@example.com`, `${name}@EXAMPLE.com`, name]
  for (const spelling of spellings) await wrong(spelling)
  for (const spelling of spellings) await locked(signIn(spelling))
  // A space makes a name of nobody, and its guesses are nobody’s.
  await wrong(`${name} `)
})

test('case 39: parallel guesses do not beat the counter', async () => {
  const all = await Promise.allSettled(Array.from({ length: 40 }, () => guess(name)))
  const messages = all.map((one) => (one.status === 'rejected' ? (one.reason as Error).message : 'signed in'))
  assert.equal(messages.filter((one) => one === 'Incorrect username or password.').length, 5)
  assert.equal(messages.filter((one) => one === 'Password attempts exceeded').length, 35)
  assert.equal(hashes, 5)
})

test('case 39: parallel guesses by SRP and by password share one counter', async () => {
  const begin = async () => {
    const client = srpClient(pool.id)
    const AuthParameters = { USERNAME: name, SRP_A: client.A }
    const call = new InitiateAuthCommand({ AuthFlow: 'USER_SRP_AUTH', ClientId: pool.clientId, AuthParameters })
    const { ChallengeParameters } = await server.clients.idp.send(call)
    return client.answer(ChallengeParameters, 'Wrong-Passw0rd')
  }
  const answers = await Promise.all(Array.from({ length: 6 }, begin))
  const bySrp = answers.map((ChallengeResponses) =>
    server.clients.idp.send(
      new RespondToAuthChallengeCommand({
        ...{ ClientId: pool.clientId, ChallengeResponses },
        ChallengeName: 'PASSWORD_VERIFIER',
      }),
    ),
  )
  const all = await Promise.allSettled([...bySrp, ...Array.from({ length: 6 }, () => guess(name))])
  const counted = all.filter((one) => one.status === 'rejected' && /^Incorrect/.test((one.reason as Error).message))
  assert.equal(counted.length, 5)
})

test('case 39: parallel sign-ins with the right password all succeed', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => signIn(name)))
  assert.ok(all.every((one) => one.AuthenticationResult))
})

test('case 40: failures count although the sign-in was refused, whatever else came of it', async () => {
  for (let i = 0; i < 5; i += 1) await wrong(name)
  await locked(signIn(name))
})

test('case 41: no address, textual variant or forwarded header makes the lock-out forget', async () => {
  const from = (address: string) =>
    fetch(server.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
        'x-forwarded-for': address,
        forwarded: `for="${address}"`,
      },
      body: JSON.stringify({
        ...{ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: pool.clientId },
        AuthParameters: { USERNAME: name, PASSWORD: 'Wrong-Passw0rd' },
      }),
    }).then((answer) => answer.json() as Promise<{ message: string }>)
  for (let i = 0; i < 5; i += 1) await from(`[2001:db8:0:${i}::1]`)
  assert.equal((await from('::ffff:10.0.0.1')).message, 'Password attempts exceeded')
})

test('case 42: a lock doubles from one second, ends by itself, and attempts inside it neither count nor cost a hash', async (t) => {
  for (let i = 0; i < 5; i += 1) await wrong(name)
  let moved = 0
  t.after(() => later(-moved))
  for (const seconds of [1, 2, 4, 8]) {
    const before = hashes
    for (let i = 0; i < 10; i += 1) await locked(guess(name))
    assert.equal(hashes, before)
    later(seconds * 1_000)
    moved += seconds * 1_000
    await wrong(name)
  }
  await locked(signIn(name))
  later(16_000)
  moved += 16_000
  assert.ok((await signIn(name)).AuthenticationResult)
  // All is forgotten: four more are free.
  for (let i = 0; i < 4; i += 1) await wrong(name)
  assert.ok((await signIn(name)).AuthenticationResult)
})

test('case 42: the lock of one user, or of a name nobody has, is nobody else’s', async () => {
  for (const locking of [name, 'nobody-at-all']) {
    for (let i = 0; i < 5; i += 1) await wrong(locking)
    await locked(signIn(locking))
  }
  await pool.add(`${name}-neighbour`)
  assert.ok((await signIn(`${name}-neighbour`)).AuthenticationResult)
})
