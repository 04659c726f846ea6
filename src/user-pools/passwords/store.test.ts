import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { type TestWorld, testWorld } from '../../../test/support/world.ts'
import { verifierFor } from '../../protocols/srp.ts'
import { sql } from '../../store/db.ts'
import type { World } from '../../world.ts'
import { insertClient } from '../clients/store.ts'
import type { Pool } from '../pools/pool.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import { addUser } from '../users/attributes.ts'
import { userBySub } from '../users/find.ts'
import { newUser } from '../users/new-user.ts'
import { deleteUser } from '../users/store.ts'
import type { User } from '../users/user.ts'
import { checkHistory } from './history.ts'
import { setPassword } from './set.ts'
import { simulatedSrp, srpIdentity, srpRecord } from './srp.ts'
import { readFormer } from './store.ts'
import { passwordFits } from './verify.ts'

const poolOf = (name: string, PasswordHistorySize = 0): Pool => {
  const settings = completeSettings({})
  const PasswordPolicy = { ...settings.Policies.PasswordPolicy, PasswordHistorySize }
  return {
    id: `us-east-1_${name}`,
    region: 'us-east-1',
    name,
    settings: { ...settings, Policies: { ...settings.Policies, PasswordPolicy } },
    schema: [],
    createdAt: 1,
    modifiedAt: 1,
  }
}
const clientOf = (
  pool: Pool,
  id: string,
  ExplicitAuthFlows: ('ALLOW_USER_PASSWORD_AUTH' | 'ALLOW_USER_SRP_AUTH')[],
) => ({
  poolId: pool.id,
  id,
  name: id,
  settings: {
    RefreshTokenValidity: 30,
    TokenValidityUnits: {},
    EnableTokenRevocation: true,
    EnablePropagateAdditionalUserContextData: false,
    AuthSessionValidity: 3,
    AllowedOAuthFlowsUserPoolClient: false,
    ExplicitAuthFlows,
  },
  secrets: [],
  createdAt: 1,
  modifiedAt: 1,
})

eachEngine(({ open }) => {
  const plain = poolOf('plain')
  const remembering = poolOf('remembering', 3)
  const withoutSrp = poolOf('withoutsrp')
  let world: TestWorld

  before(async () => {
    world = await testWorld({ database: await open() })
    for (const pool of [plain, remembering, withoutSrp]) await insertPool(world.db, { ...pool, own: [] })
  })

  const add = async (pool: Pool, name: string): Promise<User> => {
    const user = newUser(world, pool, name, {}, 'UNCONFIRMED')
    await world.db.transaction((db) => addUser(db, pool, user, { exists: '', now: 1 }))
    return user
  }

  describe('a password', () => {
    test('fits its user and nobody else, and confirms them', async () => {
      const [one, two] = [await add(plain, 'one'), await add(plain, 'two')]
      await setPassword(world, plain, one, 'Right1!x', { temporary: false })
      await setPassword(world, plain, two, 'Other1!x', { temporary: false })
      assert.equal(await passwordFits(world, plain, one, 'Right1!x'), true)
      assert.equal(await passwordFits(world, plain, one, 'right1!x'), false)
      assert.equal(await passwordFits(world, plain, two, 'Right1!x'), false)
      const now = await userBySub(world, plain, one.sub)
      assert.deepEqual([now?.status, now?.hasPassword, now?.temporaryUntil], ['CONFIRMED', true, undefined])
    })

    test('that is temporary dies after a week and asks for a change', async () => {
      const user = await add(plain, 'temporary')
      await setPassword(world, plain, user, 'Right1!x', { temporary: true })
      const now = await userBySub(world, plain, user.sub)
      assert.equal(now?.status, 'FORCE_CHANGE_PASSWORD')
      assert.equal(now?.temporaryUntil, (now?.modifiedAt ?? 0) + 7 * 86_400_000)
    })

    test('is not set when what belongs to it is refused', async () => {
      const user = await add(plain, 'refused')
      const also = () => Promise.reject(new Error('no'))
      await assert.rejects(setPassword(world, plain, user, 'Right1!x', { temporary: false, also }), { message: 'no' })
      assert.equal(await passwordFits(world, plain, user, 'Right1!x'), false)
      assert.equal((await userBySub(world, plain, user.sub))?.hasPassword, false)
    })

    test('is nowhere in the database, nor a verifier that would betray it', async () => {
      const user = await add(plain, 'leaked')
      await setPassword(world, plain, user, 'Right1!x', { temporary: false })
      const row = await world.db.get<Record<string, string>>(sql`select * from passwords where sub = ${user.sub}`)
      const record = await srpRecord(world, plain, user)
      assert.match(row?.['hash'] ?? '', /^\$argon2id\$/)
      assert.ok(record && row?.['srp_verifier'])
      const text = JSON.stringify(row)
      for (const secret of [
        'Right1!x',
        record.verifierHex,
        Buffer.from(record.verifierHex, 'hex').toString('base64url'),
      ])
        assert.equal(text.includes(secret), false)
    })

    test('goes with its user', async () => {
      const user = await add(remembering, 'leaver')
      for (const password of ['First1!x', 'Second1!x'])
        await setPassword(world, remembering, user, password, { temporary: false })
      await deleteUser(world.db, remembering.id, user.sub)
      assert.equal(await passwordFits(world, remembering, user, 'Second1!x'), false)
      assert.deepEqual(await readFormer(world.db, remembering.id, user.sub, 9), [])
    })
  })

  describe('an SRP record', () => {
    test('is the verifier of the password under the username', async () => {
      const user = await add(plain, 'srp')
      await setPassword(world, plain, user, 'Right1!x', { temporary: false })
      const record = await srpRecord(world, plain, user)
      assert.ok(record)
      const expected = await verifierFor({ group: 'plain', name: 'srp' }, 'Right1!x', record.saltHex, world.slow.modPow)
      assert.equal(record.verifierHex, expected)
      assert.deepEqual(srpIdentity(plain, 'srp'), { group: 'plain', name: 'srp' })
    })

    test('copied to another user opens for nobody (case 45)', async () => {
      const [victim, thief] = [await add(plain, 'victim'), await add(plain, 'thief')]
      for (const user of [victim, thief]) await setPassword(world, plain, user, 'Right1!x', { temporary: false })
      await world.db.run(sql`
        update passwords set srp_verifier = (select srp_verifier from passwords where sub = ${thief.sub})
        where sub = ${victim.sub}`)
      assert.equal(await srpRecord(world, plain, victim), undefined)
    })

    test('is not kept where no client may use SRP, and is made at the first sign-in after one may', async () => {
      await insertClient(world.db, world.seal, clientOf(withoutSrp, 'passwordsonly', ['ALLOW_USER_PASSWORD_AUTH']))
      const user = await add(withoutSrp, 'later')
      await setPassword(world, withoutSrp, user, 'Right1!x', { temporary: false })
      assert.equal(await srpRecord(world, withoutSrp, user), undefined)
      await insertClient(world.db, world.seal, clientOf(withoutSrp, 'srp', ['ALLOW_USER_SRP_AUTH']))
      assert.equal(await passwordFits(world, withoutSrp, user, 'wrong'), false)
      assert.equal(await srpRecord(world, withoutSrp, user), undefined)
      assert.equal(await passwordFits(world, withoutSrp, user, 'Right1!x'), true)
      assert.ok(await srpRecord(world, withoutSrp, user))
    })
  })

  describe('history', () => {
    test('refuses the newest passwords, the present one among them, and forgets older ones', async () => {
      const user = await add(remembering, 'historian')
      const used = ['First1!x', 'Second1!x', 'Third1!x', 'Fourth1!x']
      for (const password of used) await setPassword(world, remembering, user, password, { temporary: false })
      for (const password of used.slice(1))
        await assert.rejects(checkHistory(world, remembering, user.sub, password), {
          name: 'PasswordHistoryPolicyViolationException',
        })
      await checkHistory(world, remembering, user.sub, 'First1!x')
      assert.equal((await readFormer(world.db, remembering.id, user.sub, 9)).length, 2)
    })

    test('is not kept where the pool asks for none', async () => {
      const user = await add(plain, 'forgetful')
      for (const password of ['First1!x', 'Second1!x'])
        await setPassword(world, plain, user, password, { temporary: false })
      await checkHistory(world, plain, user.sub, 'Second1!x')
      assert.deepEqual(await readFormer(world.db, plain.id, user.sub, 9), [])
    })
  })

  /** The world, with the hashes it verifies counted. */
  const counting = (): { counted: World; hashes: string[] } => {
    const hashes: string[] = []
    const verifyPassword = (hash: string, password: string) => {
      hashes.push(hash)
      return world.slow.verifyPassword(hash, password)
    }
    return { counted: { ...world, slow: { ...world.slow, verifyPassword } }, hashes }
  }

  test('case 35: an unknown user, a user without a password and a wrong password each cost one hash of one strength', async () => {
    const user = await add(plain, 'known')
    await setPassword(world, plain, user, 'Right1!x', { temporary: false })
    const without = await add(plain, 'without')
    const strengths = []
    for (const who of [user, without, undefined]) {
      const { counted, hashes } = counting()
      assert.equal(await passwordFits(counted, plain, who, 'Wrong1!x'), false)
      assert.equal(hashes.length, 1)
      strengths.push(hashes[0]?.split('$').slice(1, 4).join('$'))
    }
    assert.equal(new Set(strengths).size, 1)
    assert.match(strengths[0] ?? '', /^argon2id\$v=19\$m=/)
  })

  test('case 46: a password over 256 characters is refused before it is hashed', async () => {
    const { counted, hashes } = counting()
    assert.equal(await passwordFits(counted, plain, undefined, 'x'.repeat(1_000_000)), false)
    assert.deepEqual(hashes, [])
  })

  test('case 44: an unknown name has the same salt and user id at every attempt and in every spelling, in its pool only', () => {
    const folded = { ...plain, settings: { ...plain.settings, UsernameConfiguration: { CaseSensitive: false } } }
    const nobody = simulatedSrp(world, folded, 'Nobody')
    assert.deepEqual(simulatedSrp(world, folded, 'nobody'), nobody)
    assert.notDeepEqual(simulatedSrp(world, remembering, 'Nobody').saltHex, nobody.saltHex)
    assert.match(nobody.saltHex, /^[0-9a-f]{32}$/)
    assert.equal(nobody.userId, 'nobody')
    const addresses: Pool = { ...plain, settings: { ...plain.settings, UsernameAttributes: ['email'] } }
    assert.match(
      simulatedSrp(world, addresses, 'a@b.c').userId,
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })
})
