/** Attacks on sign-in by SRP and by password: bad numbers, bent blocks, and who exists. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { InitiateAuthCommand, RespondToAuthChallengeCommand } from '@aws-sdk/client-cognito-identity-provider'
import { N } from '../../src/protocols/srp.ts'
import { sql } from '../../src/store/db.ts'
import { srpRecord } from '../../src/user-pools/passwords/srp.ts'
import { requirePool } from '../../src/user-pools/pools/find.ts'
import { requireUser } from '../../src/user-pools/users/find.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { srpClient, timestamp } from '../support/sign-in.ts'

const both = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_USER_SRP_AUTH' as const]
const hiding = { ExplicitAuthFlows: both, PreventUserExistenceErrors: 'ENABLED' as const }
let server: TestServer
let pool: TestPool
/** How often each slow piece of work was asked for. */
const work = { verifyPassword: 0, hashPassword: 0, modPow: 0 }

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, {}, hiding)
  for (const name of ['ann', 'bob']) await pool.add(name, { email: `${name}@example.com` })
  const slow = server.world.slow as unknown as Record<string, (...given: unknown[]) => unknown>
  for (const name of Object.keys(work) as (keyof typeof work)[]) {
    const real = slow[name] ?? assert.fail()
    slow[name] = (...given) => {
      work[name] += 1
      return real(...given)
    }
  }
})
after(() => server.close())

async function counted<T>(call: () => Promise<T>): Promise<typeof work> {
  Object.assign(work, { verifyPassword: 0, hashPassword: 0, modPow: 0 })
  await call().catch(() => {})
  return { ...work }
}

const initiate = (USERNAME: string, SRP_A: string, ClientId = pool.clientId) =>
  server.clients.idp.send(
    new InitiateAuthCommand({ AuthFlow: 'USER_SRP_AUTH', ClientId, AuthParameters: { USERNAME, SRP_A } }),
  )
const respond = (ChallengeResponses: Record<string, string>, Session?: string, ClientId = pool.clientId) =>
  server.clients.idp.send(
    new RespondToAuthChallengeCommand({ ClientId, ChallengeName: 'PASSWORD_VERIFIER', ChallengeResponses, Session }),
  )
async function begun(name = 'ann', given = password, now?: number) {
  const client = srpClient(pool.id)
  const { ChallengeParameters, Session } = await initiate(name, client.A)
  return { answer: client.answer(ChallengeParameters, given, now), Session, parameters: ChallengeParameters ?? {} }
}
const generic = ['NotAuthorizedException', 'Incorrect username or password.'] as const

test('case 43: an A that is 0 modulo N, too long, or no number is refused', async () => {
  const hex = [0n, N, 2n * N, N * N, N + 1n].map((n) => n.toString(16))
  for (const A of [...hex, '00', '-1', '0x2', 'zz', ' 2', `${'0'.repeat(768)}2`, 'f'.repeat(100_000)]) {
    await refused(initiate('ann', A), 'InvalidParameterException', 'Invalid SRP_A')
  }
})

test('case 43: a secret block is good for one answer, right or wrong, of however many at the same time', async () => {
  const { answer } = await begun()
  const all = await Promise.allSettled(Array.from({ length: 6 }, () => respond(answer)))
  assert.equal(all.filter((one) => one.status === 'fulfilled').length, 1)
  const once = 'Invalid session for the user, session can only be used once.'
  await refused(respond(answer), 'NotAuthorizedException', once)
  const wrong = await begun('ann', 'Wrong-Passw0rd')
  await refused(respond(wrong.answer), ...generic)
  await refused(respond(wrong.answer), 'NotAuthorizedException', once)
})

test('case 43: a secret block that was changed, or is another user’s, client’s, pool’s or server’s, is refused', async () => {
  const { answer, parameters } = await begun()
  const block = parameters['SECRET_BLOCK'] ?? ''
  const bytes = Buffer.from(block, 'base64')
  for (const at of [0, 20, Math.floor(bytes.length / 2), bytes.length - 1]) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    await refused(respond({ ...answer, PASSWORD_CLAIM_SECRET_BLOCK: changed.toString('base64') }), ...generic)
  }
  for (const text of ['AAAA', 'no base64!', block.slice(0, -8)]) {
    await refused(respond({ ...answer, PASSWORD_CLAIM_SECRET_BLOCK: text }), ...generic)
  }
  for (const USERNAME of ['bob', 'nobody']) await refused(respond({ ...answer, USERNAME }), ...generic)
  await refused(respond(answer, undefined, await pool.addClient(hiding)), ...generic)
  const other = await makePool(server, {}, hiding)
  await other.add('ann')
  await refused(respond(answer, undefined, other.clientId), ...generic)
  // None of these used the block up.
  assert.ok((await respond(answer)).AuthenticationResult)
})

test('case 43: an answer long after the question, or with a timestamp far from now, is refused', async (t) => {
  const { answer } = await begun()
  for (const shift of [-16 * 60_000, 16 * 60_000]) {
    await refused(respond((await begun('ann', password, Date.now() + shift)).answer), ...generic)
  }
  await refused(respond({ ...answer, TIMESTAMP: 'yesterday' }), ...generic)
  // Another time than the one that was signed.
  await refused(respond({ ...(await begun()).answer, TIMESTAMP: timestamp(Date.now() - 5_000) }), ...generic)
  server.world.clock.advance(3 * 60_000 + 1)
  t.after(() => server.world.clock.advance(-3 * 60_000 - 1))
  await refused(respond(answer), 'NotAuthorizedException', 'Invalid session for the user, session is expired.')
})

test('cases 35, 36, 44: an unknown user is asked for a proof as a known one, with a stable salt and a fresh B', async () => {
  const [first, second, known] = [await begun('ghost'), await begun('ghost'), await begun('ann')]
  assert.equal(first.parameters['SALT'], second.parameters['SALT'])
  assert.equal(first.parameters['USER_ID_FOR_SRP'], second.parameters['USER_ID_FOR_SRP'])
  assert.notEqual(first.parameters['SRP_B'], second.parameters['SRP_B'])
  assert.notEqual(first.parameters['SALT'], (await begun('ghost2')).parameters['SALT'])
  assert.deepEqual(Object.keys(first.parameters), Object.keys(known.parameters))
  assert.equal(first.parameters['SALT']?.length, known.parameters['SALT']?.length)
  assert.ok(Math.abs((first.parameters['SRP_B']?.length ?? 0) - 768) < 8)
  assert.equal(typeof first.Session, typeof known.Session)
  const right = first.answer
  await refused(respond(right), ...generic)
})

test('cases 35, 36: sign-in costs an unknown user the same hashes and exponentiations, and tells the same', async () => {
  const signIn = (USERNAME: string) =>
    server.clients.idp.send(
      new InitiateAuthCommand({
        ...{ ClientId: pool.clientId, AuthParameters: { USERNAME, PASSWORD: 'Wrong-Passw0rd' } },
        AuthFlow: 'USER_PASSWORD_AUTH',
      }),
    )
  await signIn('warm-up').catch(() => {})
  const known = await counted(() => signIn('bob'))
  assert.deepEqual(known, { verifyPassword: 1, hashPassword: 0, modPow: 0 })
  assert.deepEqual(await counted(() => signIn('ghost3')), known)
  for (const name of ['bob', 'ghost3']) await refused(signIn(name), ...generic)

  const A = srpClient(pool.id).A
  const question = await counted(() => initiate('bob', A))
  assert.deepEqual(question, { verifyPassword: 0, hashPassword: 0, modPow: 1 })
  assert.deepEqual(await counted(() => initiate('ghost3', A)), question)
  const answers = { bob: await begun('bob', 'Wrong-Passw0rd'), ghost3: await begun('ghost3', 'Wrong-Passw0rd') }
  const answer = await counted(() => respond(answers.bob.answer))
  assert.deepEqual(answer, { verifyPassword: 0, hashPassword: 0, modPow: 2 })
  assert.deepEqual(await counted(() => respond(answers.ghost3.answer)), answer)
})

test('case 45: the database alone holds no verifier, signing key or refresh token', async () => {
  const { AuthenticationResult } = await respond((await begun()).answer)
  const { world } = server
  const owner = await requireUser(world, await requirePool(world, pool.id), 'ann')
  const { verifierHex } = (await srpRecord(world, await requirePool(world, pool.id), owner)) ?? assert.fail('no SRP')
  const rows = await Promise.all([
    world.db.all(sql`select * from passwords`),
    world.db.all(sql`select * from signing_keys`),
    world.db.all(sql`select * from sessions`),
    world.db.all(sql`select * from refresh_tokens`),
  ])
  assert.ok(rows.every((of) => of.length > 0))
  const stored = JSON.stringify(rows)
  const verifier = Buffer.from(verifierHex, 'hex')
  const [, ...parts] = AuthenticationResult?.RefreshToken?.split('.') ?? []
  const secrets = [verifierHex, verifier.toString('base64'), verifier.toString('base64url'), 'PRIVATE KEY', ...parts]
  for (const secret of secrets) assert.equal(stored.includes(secret), false)
})
