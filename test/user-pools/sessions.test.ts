import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminListUserSessionsCommand,
  AdminRevokeUserSessionCommand,
  AdminUserGlobalSignOutCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GetUserPoolClientSessionConfigurationCommand,
  GetUserPoolSessionConfigurationCommand,
  InitiateAuthCommand,
  ListUserSessionsCommand,
  RevokeTokenCommand,
  RevokeUserSessionCommand,
  SetUserPoolClientSessionConfigurationCommand,
  SetUserPoolSessionConfigurationCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
const idp = () => server.clients.idp
const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const]
before(async () => {
  server = await startTestServer()
  pool = await makeTracking()
})
after(() => server.close())

async function makeTracking(most = 20): Promise<TestPool> {
  const made = await makePool(server, {}, { ExplicitAuthFlows })
  await setTracking(made.id, 'ENABLED', most)
  return made
}
const setTracking = (UserPoolId: string, tracking: string, MaxPerUser = 20) =>
  idp().send(
    new SetUserPoolSessionConfigurationCommand({
      ...{ UserPoolId, TokenSession: { MaxPerUser } },
      UserSessionTracking: wrong(tracking),
    }),
  )
const wrong = <Value>(value: unknown): Value => value as Value
async function signIn(username: string, of = pool, ClientId = of.clientId) {
  const AuthParameters = { USERNAME: username, PASSWORD: password }
  const call = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters })
  const { AuthenticationResult: tokens } = await idp().send(call)
  return { AccessToken: tokens?.AccessToken ?? '', RefreshToken: tokens?.RefreshToken ?? '' }
}
const renew = (RefreshToken: string, ClientId = pool.clientId) =>
  idp().send(new GetTokensFromRefreshTokenCommand({ RefreshToken, ClientId }))
const list = async (AccessToken: string, NextToken?: string) =>
  (await idp().send(new ListUserSessionsCommand({ AccessToken, NextToken }))).Sessions ?? []
const adminList = async (Username: string, UserPoolId = pool.id) =>
  (await idp().send(new AdminListUserSessionsCommand({ UserPoolId, Username }))).Sessions ?? []
const revoke = (AccessToken: string, SessionId: string, more = {}) =>
  idp().send(new RevokeUserSessionCommand({ AccessToken, SessionId, ...more }))
const adminRevoke = (Username: string, SessionId: string, UserPoolId = pool.id) =>
  idp().send(new AdminRevokeUserSessionCommand({ UserPoolId, Username, SessionId }))
const look = (AccessToken: string) => idp().send(new GetUserCommand({ AccessToken }))

const noSession = ['ResourceNotFoundException', 'Session does not exist.'] as const
const off = ['OperationNotEnabledException', 'Session tracking is not enabled for this user pool.'] as const
const invalid = 'InvalidParameterException'

describe('ListUserSessions', () => {
  test('refuses the wrong type', () => refused(list(wrong(1)), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await pool.add('liz')
    await refused(list('no.token.atall'), 'NotAuthorizedException', 'Invalid Access Token')
    await refused(list((await signIn('liz')).AccessToken, 'forged'), invalid, 'Invalid pagination token.')
    const untracked = await makePool(server, {}, { ExplicitAuthFlows })
    await untracked.add('liz')
    await refused(list((await signIn('liz', untracked)).AccessToken), ...off)
  })

  test('shows where the user is signed in, over all clients, the calling session marked', async () => {
    await pool.add('lee')
    const other = await pool.addClient({ ExplicitAuthFlows })
    const first = await signIn('lee')
    server.world.clock.advance(5)
    const second = await signIn('lee', pool, other)
    const sessions = await list(first.AccessToken)
    assert.deepEqual(
      sessions.map(({ ClientId, IsCurrentSession, SessionType }) => [ClientId, IsCurrentSession, SessionType]),
      [
        [other, false, 'TOKEN'],
        [pool.clientId, true, 'TOKEN'],
      ],
    )
    for (const session of sessions) {
      assert.match(session.SessionId ?? '', /^tkn[a-z0-9]{25}$/)
      assert.match(session.DeviceType ?? '', /^AWS SDK for JavaScript 3/)
      assert.match(session.LastIPAddress ?? '', /127\.0\.0\.1|::1/)
      assert.deepEqual(session.LastActiveDate, session.CreateDate)
    }
    assert.deepEqual(
      (await list(second.AccessToken)).map(({ IsCurrentSession }) => IsCurrentSession),
      [true, false],
    )
  })

  test('a refresh is activity; a revoked or expired session is not shown', async (t) => {
    await pool.add('lou')
    const first = await signIn('lou')
    server.world.clock.advance(60_000)
    await renew(first.RefreshToken)
    const [used] = await list(first.AccessToken)
    assert.equal((used?.LastActiveDate?.getTime() ?? 0) - (used?.CreateDate?.getTime() ?? 0) >= 60_000, true)
    const second = await signIn('lou')
    await idp().send(new RevokeTokenCommand({ Token: first.RefreshToken, ClientId: pool.clientId }))
    assert.equal((await list(second.AccessToken)).length, 1)
    await idp().send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool.id, Username: 'lou' }))
    assert.equal((await adminList('lou')).length, 0)
    const brief = await pool.addClient({
      ...{ ExplicitAuthFlows, RefreshTokenValidity: 60, TokenValidityUnits: { RefreshToken: 'minutes' } },
    })
    const long = await signIn('lou', pool, await pool.addClient({ ExplicitAuthFlows, AccessTokenValidity: 24 }))
    await signIn('lou', pool, brief)
    assert.equal((await list(long.AccessToken)).length, 2)
    t.after(() => server.world.clock.advance(-3_600_000))
    server.world.clock.advance(3_600_000)
    assert.equal((await list(long.AccessToken)).length, 1)
  })

  test('sessions begun before tracking was on are not among them', async () => {
    const late = await makePool(server, {}, { ExplicitAuthFlows })
    await late.add('lea')
    const before = await signIn('lea', late)
    await setTracking(late.id, 'ENABLED')
    assert.deepEqual(await list(before.AccessToken), [])
    await signIn('lea', late)
    assert.deepEqual(
      (await list(before.AccessToken)).map(({ IsCurrentSession }) => IsCurrentSession),
      [false],
    )
  })
})

describe('AdminListUserSessions', () => {
  test('refuses the wrong type', () => refused(adminList(wrong(1)), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(adminList('nobody'), 'UserNotFoundException', 'User does not exist.')
    await refused(adminList('nobody', 'us-east-1_absent'), 'ResourceNotFoundException')
  })

  test('shows them, none of them current', async () => {
    await pool.add('art')
    await signIn('art')
    assert.deepEqual(
      (await adminList('art')).map(({ IsCurrentSession }) => IsCurrentSession),
      [false],
    )
  })
})

describe('RevokeUserSession', () => {
  test('refuses the wrong type', () => refused(revoke('a', wrong(1)), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await pool.add('rob')
    const { AccessToken } = await signIn('rob')
    await refused(revoke(AccessToken, 'tknabsent'), ...noSession)
    const [own] = await list(AccessToken)
    await refused(revoke(AccessToken, own?.SessionId ?? ''), invalid, 'The current session cannot be revoked.')
    await refused(revoke(AccessToken, 'x', { RevokeAssociatedSessions: 'ALL' }), invalid, /enum value set/)
  })

  test('ends the tokens of that session, and no other', async () => {
    await pool.add('ron')
    const [here, there, third] = [await signIn('ron'), await signIn('ron'), await signIn('ron')]
    const [target] = (await list(there.AccessToken)).filter(({ IsCurrentSession }) => IsCurrentSession)
    await revoke(here.AccessToken, target?.SessionId ?? '', { RevokeAssociatedSessions: 'LINKED' })
    await refused(look(there.AccessToken), 'NotAuthorizedException', 'Access Token has been revoked')
    await refused(renew(there.RefreshToken), 'NotAuthorizedException', 'Refresh Token has been revoked')
    await look(third.AccessToken)
    assert.equal((await list(here.AccessToken)).length, 2)
    await refused(revoke(here.AccessToken, target?.SessionId ?? ''), ...noSession)
  })

  test('case 81: another user’s session, and the event id of one’s own, name nothing', async () => {
    for (const name of ['mia', 'max']) await pool.add(name)
    const [mia, max] = [await signIn('mia'), await signIn('max')]
    const [victim] = await list(max.AccessToken)
    await refused(revoke(mia.AccessToken, victim?.SessionId ?? ''), ...noSession)
    await refused(adminRevoke('mia', victim?.SessionId ?? ''), ...noSession)
    const second = await signIn('mia')
    const claims = JSON.parse(Buffer.from(second.AccessToken.split('.')[1] ?? '', 'base64url').toString())
    await refused(revoke(mia.AccessToken, claims.event_id), ...noSession)
    const other = await makeTracking()
    await other.add('max')
    await refused(adminRevoke('max', victim?.SessionId ?? '', other.id), ...noSession)
    await look(max.AccessToken)
  })
})

describe('AdminRevokeUserSession', () => {
  test('refuses the wrong type', () => refused(adminRevoke(wrong({}), 'x'), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await pool.add('ava')
    await refused(adminRevoke('nobody', 'x'), 'UserNotFoundException')
    await refused(adminRevoke('ava', 'tknabsent'), ...noSession)
  })

  test('ends it', async () => {
    await pool.add('abe')
    const { AccessToken } = await signIn('abe')
    const [session] = await adminList('abe')
    await adminRevoke('abe', session?.SessionId ?? '')
    await refused(look(AccessToken), 'NotAuthorizedException', 'Access Token has been revoked')
    assert.deepEqual(await adminList('abe'), [])
  })
})

describe('SetUserPoolSessionConfiguration', () => {
  test('refuses the wrong type', () => refused(setTracking(pool.id, 'ENABLED', wrong('20')), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(setTracking(pool.id, 'ENABLED', 0), invalid, /maxPerUser' failed.*greater than or equal to 1$/)
    await refused(setTracking(pool.id, 'ENABLED', 101), invalid, /less than or equal to 100$/)
    await refused(setTracking(pool.id, 'ON'), invalid, /'userSessionTracking' failed/)
    const lite = await makePool(server, { UserPoolTier: 'LITE' })
    await refused(setTracking(lite.id, 'ENABLED'), 'FeatureUnavailableInTierException')
  })

  test('one session more than the limit ends the least recently used', async () => {
    const few = await makeTracking(2)
    await few.add('eve')
    const first = await signIn('eve', few)
    server.world.clock.advance(10)
    const second = await signIn('eve', few)
    server.world.clock.advance(10)
    await renew(first.RefreshToken, few.clientId)
    server.world.clock.advance(10)
    const third = await signIn('eve', few)
    await refused(look(second.AccessToken), 'NotAuthorizedException', 'Access Token has been revoked')
    for (const { AccessToken } of [first, third]) await look(AccessToken)
    assert.equal((await adminList('eve', few.id)).length, 2)
    // A lower limit ends nothing until the next sign-in.
    await setTracking(few.id, 'ENABLED', 1)
    assert.equal((await adminList('eve', few.id)).length, 2)
    await signIn('eve', few)
    assert.equal((await adminList('eve', few.id)).length, 1)
  })

  test('is kept when the pool is updated, and another user’s sessions do not count', async () => {
    const few = await makeTracking(1)
    for (const name of ['ann', 'ben']) await few.add(name)
    await idp().send(new UpdateUserPoolCommand({ UserPoolId: few.id }))
    const ann = await signIn('ann', few)
    await signIn('ben', few)
    await look(ann.AccessToken)
    await signIn('ann', few)
    await refused(look(ann.AccessToken), 'NotAuthorizedException')
  })
})

describe('GetUserPoolSessionConfiguration', () => {
  const get = (UserPoolId: string) => idp().send(new GetUserPoolSessionConfigurationCommand({ UserPoolId }))

  test('refuses the wrong type', () => refused(get(wrong(1)), 'SerializationException'))
  test('refuses the wrong value', () => refused(get('us-east-1_absent'), 'ResourceNotFoundException'))

  test('answers what was set, and AWS’s defaults before', async () => {
    const { id } = await makePool(server)
    const { $metadata: _, ...before } = await get(id)
    assert.deepEqual(before, { UserPoolId: id, UserSessionTracking: 'DISABLED', TokenSession: { MaxPerUser: 20 } })
    const { $metadata: __, ...set } = await setTracking(id, 'ENABLED', 7)
    const { $metadata: ___, ...after } = await get(id)
    assert.deepEqual(after, { UserPoolId: id, UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 7 } })
    assert.deepEqual(set, after)
  })
})

describe('Set and GetUserPoolClientSessionConfiguration', () => {
  const set = (MaxValidityMinutes: number, of = pool, ClientId = of.clientId) =>
    idp().send(
      new SetUserPoolClientSessionConfigurationCommand({
        UserPoolId: of.id,
        ClientId,
        SSOSession: { MaxValidityMinutes },
      }),
    )
  const get = async (of = pool, ClientId = of.clientId) =>
    (await idp().send(new GetUserPoolClientSessionConfigurationCommand({ UserPoolId: of.id, ClientId }))).SSOSession

  test('refuse the wrong type', async () => {
    await refused(set(wrong('60')), 'SerializationException')
    await refused(get(pool, wrong(1)), 'SerializationException')
  })

  test('refuse the wrong value', async () => {
    await refused(set(-1), invalid, /greater than or equal to 0$/)
    await refused(set(129_601), invalid, /less than or equal to 129600$/)
    await refused(set(60, pool, 'absent'), 'ResourceNotFoundException', 'User pool client absent does not exist.')
    await refused(get(pool, 'absent'), 'ResourceNotFoundException', 'User pool client absent does not exist.')
    await refused(set(60, await makePool(server)), ...off)
  })

  test('keep a client’s reuse of browser sessions, 60 minutes before it was set', async () => {
    const of = await makeTracking()
    assert.deepEqual(await get(of), { MaxValidityMinutes: 60 })
    for (const minutes of [0, 43_200]) {
      await set(minutes, of)
      assert.deepEqual(await get(of), { MaxValidityMinutes: minutes })
    }
    await setTracking(of.id, 'DISABLED')
    assert.deepEqual(await get(of), { MaxValidityMinutes: 43_200 })
  })
})
