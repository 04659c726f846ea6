import assert from 'node:assert/strict'
import { before, beforeEach, describe, test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { type TestWorld, testWorld } from '../../../test/support/world.ts'
import { describeMfa } from '../mfa/preferences.ts'
import { requirePool } from '../pools/find.ts'
import type { Pool } from '../pools/pool.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import { findUser } from '../users/find.ts'
import { csvHeader } from './columns.ts'
import { joinValues } from './csv.ts'
import { pieceSize, readFile, receiveFile } from './file.ts'
import { type Job, messages, startWithin, verdict } from './job.ts'
import { reasons } from './row.ts'
import { leaseLife, rowsAtATime, runJob } from './run.ts'
import * as store from './store.ts'
import { clearFiles, workOnce } from './worker.ts'

const going = new AbortController().signal
/** Told to leave: a worker then ends after its first batch, and one that is never released has as good as crashed. */
const leaving = AbortSignal.abort()

async function* inParts(content: Buffer, size = 60_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

const userRow = (pool: Pool, values: Record<string, string>) =>
  joinValues(csvHeader(pool).map((name) => values[name] ?? ''))
const numbered = (n: number) => ({ 'cognito:username': `u${n}`, email: `u${n}@b.c`, email_verified: 'TRUE' })

test('a job fails when more users failed or were skipped than imported', () => {
  assert.equal(verdict({ imported: 14, skipped: 0, failed: 32 }), 'Failed')
  assert.equal(verdict({ imported: 0, skipped: 5, failed: 0 }), 'Failed')
  assert.equal(verdict({ imported: 2, skipped: 1, failed: 1 }), 'Succeeded')
  assert.equal(verdict({ imported: 0, skipped: 0, failed: 0 }), 'Succeeded')
})

eachEngine(({ open }) => {
  let world: TestWorld
  let pool: Pool
  let made = 0

  before(async () => {
    world = await testWorld({ database: await open() })
  })
  beforeEach(async () => {
    made += 1
    pool = await makePool()
  })

  async function makePool(settings: object = {}): Promise<Pool> {
    const id = `us-east-1_p${made}`
    const complete = { ...completeSettings({}), AutoVerifiedAttributes: ['email' as const], ...settings }
    await insertPool(world.db, { id, region: 'us-east-1', name: 'p', settings: complete, own: [], createdAt: 1 })
    return requirePool(world, id)
  }

  const reread = async ({ poolId, id }: Pick<Job, 'poolId' | 'id'>): Promise<Job> =>
    (await store.readJob(world.db, poolId, id)) ?? assert.fail('no job')

  async function makeJob(of = pool, id = 'import-one'): Promise<Job> {
    const job = { poolId: of.id, id, name: 'n', roleArn: 'arn', algorithm: undefined, createdAt: world.now() }
    assert.equal(await store.insertJob(world.db, job), true)
    return reread(job)
  }

  /** A job with that file, started. */
  async function begin(rows: readonly string[], of = pool): Promise<Job> {
    const job = await makeJob(of)
    const content = Buffer.from([csvHeader(of).join(), ...rows, ''].join('\n'))
    await receiveFile(world, job, inParts(content))
    return (await store.startJob(world.db, await reread(job), world.now())) ?? assert.fail('not started')
  }

  const claim = async (lease = 'one') => {
    const now = world.now()
    return (await store.claimJob(world.db, { lease, now, until: now + leaseLife })) ?? assert.fail('nothing to claim')
  }

  const counts = async (job: Job) => {
    const { status, imported, skipped, failed } = await reread(job)
    return [status, imported, skipped, failed]
  }

  describe('a file', () => {
    test('comes back as it was put in, from any place on', async () => {
      for (const [n, size] of [0, 1, pieceSize - 1, pieceSize, 2 * pieceSize, 3 * pieceSize + 5].entries()) {
        const job = await makeJob(pool, `import-${n}`)
        const content = Buffer.alloc(size, 'abcdefg')
        await receiveFile(world, job, inParts(content))
        for (const position of [0, 1, pieceSize, size].filter((place) => place <= size)) {
          const parts: Buffer[] = []
          for await (const part of readFile(world, await reread(job), position)) parts.push(part)
          assert.ok(Buffer.concat(parts).equals(content.subarray(position)), `${size} from ${position}`)
        }
      }
    })

    test('is unreadable in the database, and tied to its place there', async () => {
      const job = await makeJob()
      await receiveFile(world, job, inParts(Buffer.alloc(2 * pieceSize, 'secret ')))
      const { fileId = '' } = await reread(job)
      const [first, second] = [
        await store.readPiece(world.db, job, fileId, 0),
        await store.readPiece(world.db, job, fileId, 1),
      ]
      assert.ok(first && second && !Buffer.from(first, 'base64url').includes('secret'))
      assert.equal(world.seal.open('import-file', first, `${job.poolId}/${job.id}/${fileId}/1`), undefined)
    })

    test('takes the place of an earlier one, which goes', async () => {
      const job = await makeJob()
      await receiveFile(world, job, inParts(Buffer.from('one')))
      const before = await reread(job)
      await receiveFile(world, before, inParts(Buffer.from('two')))
      await clearFiles(world)
      assert.equal(await store.readPiece(world.db, job, before.fileId ?? '', 0), undefined)
      const parts: Buffer[] = []
      for await (const part of readFile(world, await reread(job), 0)) parts.push(part)
      assert.equal(Buffer.concat(parts).toString(), 'two')
    })

    test('whose sender went away is not kept', async () => {
      const job = await makeJob()
      async function* broken() {
        yield Buffer.alloc(pieceSize)
        throw new Error('gone')
      }
      await assert.rejects(receiveFile(world, job, broken()), { message: 'gone' })
      assert.equal((await reread(job)).fileId, undefined)
      assert.equal(await store.removeDead(world.db, world.now(), 100), true)
      await clearFiles(world)
      assert.equal(await store.removeDead(world.db, world.now(), 100), false)
    })

    test('that comes after the start is refused, and the first one stays', async () => {
      const job = await begin([userRow(pool, numbered(1))])
      await assert.rejects(receiveFile(world, job, inParts(Buffer.from('late'))), { name: 'OperationAborted' })
      await clearFiles(world)
      await workOnce(world, going)
      assert.deepEqual(await counts(job), ['Succeeded', 1, 0, 0])
    })

    test('goes when its job has expired, and stays for as long as its job runs', async () => {
      const expired = await makeJob(pool, 'import-expired')
      await receiveFile(world, expired, inParts(Buffer.from('x')))
      const running = await begin([userRow(pool, numbered(1))])
      world.clock.advance(startWithin + 1)
      await clearFiles(world)
      assert.equal(await store.readPiece(world.db, expired, (await reread(expired)).fileId ?? '', 0), undefined)
      await workOnce(world, going)
      assert.equal((await reread(running)).status, 'Succeeded')
      await clearFiles(world)
      assert.equal(await store.readPiece(world.db, running, running.fileId ?? '', 0), undefined)
    })
  })

  describe('an import', () => {
    test('adds each user once, and notes what became of the other rows', async () => {
      const job = await begin([
        userRow(pool, numbered(1)),
        '',
        userRow(pool, numbered(2)),
        userRow(pool, { ...numbered(1), email: 'other@b.c' }),
        userRow(pool, { ...numbered(3), email_verified: '' }),
        'x,y',
        'x'.repeat(16_001),
        userRow(pool, { ...numbered(4), name: 'Four\\, really' }),
      ])
      assert.equal(await workOnce(world, going), true)
      const { startedAt, endedAt, message } = await reread(job)
      assert.ok(startedAt && endedAt && endedAt >= startedAt)
      assert.equal(message, messages.tooMany)
      assert.deepEqual(await counts(job), ['Failed', 3, 1, 3])
      const wanted = csvHeader(pool).length
      assert.deepEqual(await store.readFaults(world.db, job, 0, 100), [
        { line: 5, outcome: 'SKIPPED', reason: reasons.exists },
        { line: 6, outcome: 'FAILED', reason: reasons.unverified },
        { line: 7, outcome: 'FAILED', reason: reasons.values(2, wanted) },
        { line: 8, outcome: 'FAILED', reason: reasons['too-long'] },
      ])
      const first = await findUser(world, pool, 'u1')
      assert.deepEqual([first?.attributes['email'], first?.status], ['u1@b.c', 'RESET_REQUIRED'])
      assert.equal(await findUser(world, pool, 'u3'), undefined)
      assert.equal(await workOnce(world, going), false)
    })

    test("skips users there are, and fails those whose alias is another's", async () => {
      made += 1
      const aliases = await makePool({ AliasAttributes: ['email'] })
      await begin(
        [userRow(aliases, numbered(1)), userRow(aliases, numbered(2)), userRow(aliases, numbered(3))],
        aliases,
      )
      await workOnce(world, going)
      const job = await makeJob(aliases, 'import-two')
      const rows = [numbered(1), { ...numbered(4), email: 'u2@b.c' }, { ...numbered(5), email: 'U5@b.c' }, numbered(6)]
      const content = [csvHeader(aliases).join(), ...rows.map((row) => userRow(aliases, row))].join('\r\n')
      await receiveFile(world, job, inParts(Buffer.from(content)))
      await store.startJob(world.db, await reread(job), world.now())
      await workOnce(world, going)
      assert.deepEqual(await counts(job), ['Succeeded', 2, 1, 1])
      assert.deepEqual(await store.readFaults(world.db, job, 0, 100), [
        { line: 2, outcome: 'SKIPPED', reason: reasons.exists },
        { line: 3, outcome: 'FAILED', reason: reasons.taken('email') },
      ])
    })

    test('switches MFA on for those whom the file says so of, and for no others', async () => {
      made += 1
      const mail = { EmailMfaConfiguration: { Message: '{####}', Subject: 'code' } }
      const optional = await makePool({ MfaConfiguration: 'OPTIONAL', ...mail })
      const rows = [{ ...numbered(1), 'cognito:mfa_enabled': 'TRUE' }, numbered(2)]
      await begin(
        rows.map((row) => userRow(optional, row)),
        optional,
      )
      await workOnce(world, going)
      const listOf = async (name: string) => {
        const user = (await findUser(world, optional, name)) ?? assert.fail(name)
        return (await describeMfa(world, optional, user)).UserMFASettingList
      }
      assert.deepEqual([await listOf('u1'), await listOf('u2')], [['EMAIL_OTP'], undefined])
    })

    test('fails one row that the database cannot hold, and no other', async () => {
      made += 1
      const aliases = await makePool({ AliasAttributes: ['preferred_username'] })
      const rows = Array.from({ length: 9 }, (_, n) => numbered(n))
      const job = await begin(
        [...rows.slice(0, 5), { ...numbered(99), preferred_username: 'a\0b' }, ...rows.slice(5)].map((row) =>
          userRow(aliases, row),
        ),
        aliases,
      )
      await workOnce(world, going)
      assert.deepEqual(await counts(job), ['Succeeded', 9, 0, 1])
      assert.deepEqual(await store.readFaults(world.db, job, 0, 100), [
        { line: 7, outcome: 'FAILED', reason: reasons.internal },
      ])
    })

    test('of a file without a header, or with another, fails', async () => {
      for (const [id, content, message] of [
        ['import-a', '', messages.unreadableHeader],
        ['import-b', '\xff\xfen\0a\0m\0e\0', messages.unreadableHeader],
        ['import-c', '\xef\xbb\xbfname', messages.byteOrderMark],
        ['import-d', 'name,email\nAnn,ann@b.c', messages.wrongHeader],
      ] as const) {
        const job = await makeJob(pool, id)
        await receiveFile(world, job, inParts(Buffer.from(content, 'latin1')))
        await store.startJob(world.db, await reread(job), world.now())
        await workOnce(world, going)
        assert.deepEqual([(await reread(job)).status, (await reread(job)).message], ['Failed', message])
      }
    })
  })

  describe('a worker', () => {
    const rows = () => Array.from({ length: 130 }, (_, n) => userRow(pool, numbered(n)))

    test('that died is followed by another after its lease, which goes on where it left off', async () => {
      const job = await begin(rows())
      const left = await runJob(world, await claim('dead'), leaving)
      assert.deepEqual(await counts(job), ['InProgress', rowsAtATime, 0, 0])
      assert.equal(await workOnce(world, going), false)
      world.clock.advance(leaseLife + 1)
      assert.equal(await workOnce(world, going), true)
      assert.deepEqual(await counts(job), ['Succeeded', 130, 0, 0])
      assert.deepEqual(await store.readFaults(world.db, job, 0, 100), [])
      // The dead one wakes up.
      assert.equal(await runJob(world, left ?? assert.fail('had ended'), going), undefined)
      assert.deepEqual(await counts(job), ['Succeeded', 130, 0, 0])
    })

    test('that was taken for dead and goes on beside its follower adds nothing twice', async () => {
      const job = await begin(rows())
      const slow = await claim('slow')
      world.clock.advance(leaseLife + 1)
      const quick = await claim('quick')
      assert.equal(await runJob(world, slow, leaving), undefined)
      assert.deepEqual(await counts(job), ['InProgress', 0, 0, 0])
      await Promise.all([runJob(world, slow, going), runJob(world, quick, going), runJob(world, quick, going)])
      assert.deepEqual(await counts(job), ['Succeeded', 130, 0, 0])
      assert.deepEqual(await store.readFaults(world.db, job, 0, 100), [])
    })

    test('that is told to leave lets another go on at once', async () => {
      const job = await begin(rows())
      await workOnce(world, leaving)
      assert.deepEqual(await counts(job), ['InProgress', rowsAtATime, 0, 0])
      await workOnce(world, going)
      assert.deepEqual(await counts(job), ['Succeeded', 130, 0, 0])
    })

    test('gets a job alone: of many who claim at once, one gets it', async () => {
      await begin(rows().slice(0, 1))
      const now = world.now()
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, n) => store.claimJob(world.db, { lease: `l${n}`, now, until: now + leaseLife })),
      )
      const [won] = claims.filter((one) => one !== undefined)
      assert.equal(claims.filter((one) => one !== undefined).length, 1)
      await runJob(world, won ?? assert.fail('nobody'), going)
    })

    test('stops a job between two batches, for ever', async () => {
      const job = await begin(rows())
      await workOnce(world, leaving)
      assert.equal((await store.stopJob(world.db, job.poolId, job.id))?.status, 'Stopping')
      await workOnce(world, going)
      assert.deepEqual(await counts(job), ['Stopped', rowsAtATime, 0, 0])
      assert.equal((await reread(job)).message, messages.stopped)
      assert.equal(await workOnce(world, going), false)
      assert.equal(await store.stopJob(world.db, job.poolId, job.id), undefined)
    })

    test('stops a job whose last batch is under way', async () => {
      const job = await begin(rows().slice(0, 1))
      const held = await claim()
      await store.stopJob(world.db, job.poolId, job.id)
      await runJob(world, { ...held, status: 'InProgress' }, going)
      assert.deepEqual(await counts(job), ['Stopped', 1, 0, 0])
    })
  })

  test('jobs are listed newest first, whatever the page', async () => {
    for (const id of ['import-b', 'import-a', 'import-c']) await makeJob(pool, id)
    world.clock.advance(1_000)
    await makeJob(pool, 'import-d')
    const seen: string[] = []
    let after: Job | undefined
    for (;;) {
      const jobs = await store.readJobs(world.db, pool.id, after, 1)
      after = jobs.at(-1)
      if (!after) break
      seen.push(after.id)
    }
    assert.equal(seen[0], 'import-d')
    assert.deepEqual(seen.toSorted(), ['import-a', 'import-b', 'import-c', 'import-d'])
    assert.equal(await store.countJobs(world.db, pool.id), 4)
  })
})
