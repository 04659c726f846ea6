/** Attacks with addresses: forged forwarding headers, and limits dodged by the many spellings and many addresses of IPv6. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SetRiskConfigurationCommand } from '@aws-sdk/client-cognito-identity-provider'
import { perHour } from '../../src/user-pools/risk/address-limits.ts'
import { extend } from '../support/extensions.ts'
import { makeHosted } from '../support/hosted.ts'
import { makePool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { callFrom, eventsOf, makeWatchedPool, signInFrom, startWatchedServer } from '../support/watched.ts'

const refusal = 'LimitExceededException'

describe('case 27: X-Forwarded-For of anybody', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer()
  })
  after(() => server.close())

  test('a caller that is no trusted proxy neither leaves a blocked range nor writes another address into the log', async () => {
    const pool = await makeWatchedPool(server)
    await pool.add('ann')
    await signInFrom(server, pool, 'ann', { address: '8.8.8.8' })
    assert.ok(
      ['127.0.0.1', '::1'].includes((await eventsOf(server, pool, 'ann'))[0]?.EventContextData?.IpAddress ?? ''),
    )
    const RiskExceptionConfiguration = { BlockedIPRangeList: ['127.0.0.0/8', '::1/128'] }
    await server.clients.idp.send(new SetRiskConfigurationCommand({ UserPoolId: pool.id, RiskExceptionConfiguration }))
    const answer = await signInFrom(server, pool, 'ann', { address: '8.8.8.8' })
    assert.equal(answer.body.message, 'Request not allowed due to security reasons.')
  })
})

describe('case 41: IPv6 against limits by address', () => {
  let server: TestServer
  before(async () => {
    server = await startWatchedServer()
  })
  after(() => server.close())

  const forgot = (clientId: string, n: number, address: string) =>
    callFrom(server, 'ForgotPassword', { ClientId: clientId, Username: `nobody-${n}` }, { address })

  test('all addresses of a /64 are one, whichever way they are written, and the next /64 is another', async () => {
    const { clientId } = await makePool(server, {}, { PreventUserExistenceErrors: 'ENABLED' })
    const spell = [
      (n: number) => `2a00:1450:4001:81b::${n.toString(16)}`,
      (n: number) => `2A00:1450:4001:081B:${n.toString(16)}:0:0:1`,
      (n: number) => `[2a00:1450:4001:81b:ffff:ffff:ffff:${n.toString(16)}]:443`,
    ]
    for (let n = 0; n < perHour.recovery; n++) {
      const answer = await forgot(clientId, n, spell[n % spell.length]?.(n + 1) ?? '')
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
    }
    for (const write of spell) assert.equal((await forgot(clientId, 999, write(0xabc))).body.__type, refusal)
    assert.equal((await forgot(clientId, 999, '2a00:1450:4001:81c::1')).status, 200)
  })

  test('an IPv4 address is the same inside IPv6', async () => {
    const { clientId } = await makePool(server, {}, { PreventUserExistenceErrors: 'ENABLED' })
    for (let n = 0; n < perHour.recovery; n++) await forgot(clientId, n, n % 2 === 0 ? '9.9.9.9' : '::ffff:9.9.9.9')
    assert.equal((await forgot(clientId, 999, '::FFFF:909:909')).body.__type, refusal)
    server.world.clock.advance(3_600_001)
    assert.equal((await forgot(clientId, 999, '9.9.9.9')).status, 200)
  })
})

describe('case 48: the short codes of devices', () => {
  let server: TestServer
  before(async () => {
    server = await startWatchedServer()
  })
  after(() => server.close())

  test('nobody tries them until one fits: an address has a hundred tries in an hour, whatever it types', async () => {
    const pool = await makeHosted(server)
    await extend(server, pool, pool.client.id, { deviceGrant: true })
    const form = new URLSearchParams({ client_id: pool.client.id, scope: 'openid' })
    const asked = await fetch(`${pool.url}/oauth2/device_authorization`, { method: 'POST', body: form })
    const { user_code: right } = (await asked.json()) as { user_code: string }
    const type = (code: string, address: string) =>
      fetch(`${pool.url}/device?user_code=${code}`, {
        headers: { 'x-forwarded-for': address },
        redirect: 'manual',
      })
    for (let n = 0; n < perHour.device; n++) assert.equal((await type('BCDFGHJK', '8.8.8.8')).status, 400)
    const late = await type(right, '8.8.8.8')
    assert.equal(late.status, 400)
    assert.match(await late.text(), /Too many attempts/)
    assert.equal((await type(right, '9.9.9.9')).status, 302, 'others are not kept from theirs')
  })
})
