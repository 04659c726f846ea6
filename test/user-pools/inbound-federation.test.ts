/** The inbound federation function, run in its own process: what it is told, and what becomes of its answer. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Pool } from '../../src/user-pools/pools/pool.ts'
import { runInboundFederation } from '../../src/user-pools/triggers/inbound-federation.ts'
import { type TestWorld, testWorld } from '../support/world.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-inbound-'))
let world: TestWorld
before(async () => {
  writeFileSync(
    join(folder, 'inbound.mjs'),
    `export const handler = async (event) => {
      const { attributes, providerName, providerType } = event.request
      const { keep, refuse } = attributes.userInfo ?? {}
      if (refuse) throw new Error('Not from there')
      if (!keep)
        event.response.userAttributesToMap = {
          ...attributes.samlResponse, ...attributes.userInfo, from: [event.triggerSource, event.userName, providerName, providerType].join(' '),
          token: attributes.tokenResponse?.access_token ?? null, count: 7,
        }
      return event
    }`,
  )
  world = await testWorld({ functions: folder })
})
after(async () => {
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})

const poolWith = (arn?: string) =>
  ({
    ...{ id: 'us-east-1_Abc', region: 'us-east-1' },
    settings: { LambdaConfig: arn ? { InboundFederation: { LambdaVersion: 'V1_0', LambdaArn: arn } } : {} },
  }) as unknown as Pool
const pool = poolWith('arn:aws:lambda:us-east-1:000000000000:function:inbound')
const base = { provider: { name: 'Corp', type: 'OIDC' }, subject: 's-1', clientId: 'c' }
const oidc = (userInfo: Record<string, string | number | string[]>) => ({
  ...base,
  said: { tokenResponse: { access_token: 'at' }, idToken: { sub: 's-1' }, userInfo },
})

test('what the function answers takes the place of what the provider said, as text', async () => {
  assert.deepEqual(await runInboundFederation(world, pool, oidc({ email: 'a@b.c', groups: ['x', 'y'] })), {
    email: 'a@b.c',
    groups: '["x","y"]',
    from: 'InboundFederation_ExternalProvider s-1 Corp OIDC',
    token: 'at',
    count: '7',
  })
})

test('a SAML provider’s attributes come as one document', async () => {
  const provider = { name: 'Corp', type: 'SAML' }
  assert.deepEqual(
    await runInboundFederation(world, pool, { ...base, provider, said: { samlResponse: { dept: 'A' } } }),
    {
      dept: 'A',
      from: 'InboundFederation_ExternalProvider s-1 Corp SAML',
      count: '7',
    },
  )
})

test('an empty answer, or no function, keeps everything', async () => {
  assert.equal(await runInboundFederation(world, pool, oidc({ keep: 'yes' })), undefined)
  assert.equal(await runInboundFederation(world, poolWith(), oidc({})), undefined)
})

test('a function that throws refuses the sign-in in its own words', async () => {
  await assert.rejects(runInboundFederation(world, pool, oidc({ refuse: 'yes' })), {
    code: 'UserLambdaValidationException',
    message: 'InboundFederation failed with error Not from there.',
  })
})
