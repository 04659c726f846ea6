import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as askHttp } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  AddCustomAttributesCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  ChangePasswordCommand,
  CreateUserImportJobCommand,
  type CreateUserImportJobCommandInput,
  DeleteUserPoolCommand,
  DescribeUserImportJobCommand,
  GetCSVHeaderCommand,
  InitiateAuthCommand,
  ListUserImportJobsCommand,
  StartUserImportJobCommand,
  StopUserImportJobCommand,
  UpdateUserPoolCommand,
  type UserImportJobType,
} from '@aws-sdk/client-cognito-identity-provider'
import { hash as hashBcrypt } from '@node-rs/bcrypt'
import { createSeal } from '../../src/protocols/seal.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { joinValues } from '../../src/user-pools/imports/csv.ts'
import { largestFile, startWithin, urlLife } from '../../src/user-pools/imports/job.ts'
import { leaseLife, rowsAtATime } from '../../src/user-pools/imports/run.ts'
import { startImports, workOnce } from '../../src/user-pools/imports/worker.ts'
import { makePool, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const RoleArn = 'arn:aws:iam::000000000000:role/CognitoLogs'
const going = new AbortController().signal
const wrong = <Value>(value: unknown): Value => value as Value

let server: TestServer
let pool: TestPool
const idp = () => server.clients.idp
before(async () => {
  server = await startTestServer()
  pool = await makePool(server, { AutoVerifiedAttributes: ['email'], AliasAttributes: ['email'] }, flows)
})
after(() => server.close())

const flows = { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'] as const } as never

type Made = UserImportJobType & { JobId: string; PreSignedUrl: string }

async function create(more: Partial<CreateUserImportJobCommandInput> = {}, at = server): Promise<Made> {
  const { UserImportJob } = await at.clients.idp.send(
    new CreateUserImportJobCommand({ UserPoolId: pool.id, JobName: 'people', CloudWatchLogsRoleArn: RoleArn, ...more }),
  )
  return UserImportJob as Made
}
const describeJob = async (JobId: string, UserPoolId = pool.id) =>
  (await idp().send(new DescribeUserImportJobCommand({ UserPoolId, JobId }))).UserImportJob as Made
const start = async (JobId: string, UserPoolId = pool.id) =>
  (await idp().send(new StartUserImportJobCommand({ UserPoolId, JobId }))).UserImportJob
const stop = async (JobId: string) =>
  (await idp().send(new StopUserImportJobCommand({ UserPoolId: pool.id, JobId }))).UserImportJob
const headerOf = async (UserPoolId = pool.id) =>
  (await idp().send(new GetCSVHeaderCommand({ UserPoolId }))).CSVHeader ?? []

const encrypted = { 'x-amz-server-side-encryption': 'aws:kms' }
const upload = (url: string, body: BodyInit, headers: Record<string, string> = encrypted) =>
  fetch(url, { method: 'PUT', headers, body, duplex: 'half' } as RequestInit)
/** Begins a PUT and sends nothing of its body. */
function put(url: string, options: { headers: Record<string, string> }) {
  const request = askHttp(url, { method: 'PUT', ...options })
  request.flushHeaders()
  return request
}
const codeOf = async (answer: Response) => [answer.status, /<Code>(.*)<\/Code>/.exec(await answer.text())?.[1]]

const verified = (name: string, more: Record<string, string> = {}) => ({
  'cognito:username': name,
  email: `${name}@example.com`,
  email_verified: 'TRUE',
  ...more,
})

async function fileOf(users: readonly Record<string, string>[], UserPoolId = pool.id): Promise<string> {
  const header = await headerOf(UserPoolId)
  return [header.join(), ...users.map((user) => joinValues(header.map((name) => user[name] ?? '')))].join('\n')
}

/** From the making of the job to its end. */
async function importUsers(
  users: readonly Record<string, string>[],
  more: Partial<CreateUserImportJobCommandInput> = {},
): Promise<Made> {
  const job = await create(more)
  assert.equal((await upload(job.PreSignedUrl, await fileOf(users))).status, 200)
  await start(job.JobId)
  await workOnce(server.world, going)
  return describeJob(job.JobId)
}

const notMet = (message?: string | RegExp) => ['PreconditionNotMetException', message] as const
const noJob = (id: string) => ['ResourceNotFoundException', `The user import job ${id} does not exist.`] as const
const absent = 'import-0000000000'

describe('GetCSVHeader', () => {
  test('refuses the wrong type', () =>
    refused(idp().send(new GetCSVHeaderCommand({ UserPoolId: wrong(1) })), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(idp().send(new GetCSVHeaderCommand({ UserPoolId: 'x' })), 'InvalidParameterException')
    await refused(
      idp().send(new GetCSVHeaderCommand({ UserPoolId: 'us-east-1_absent000' })),
      'ResourceNotFoundException',
      'User pool us-east-1_absent000 does not exist.',
    )
  })

  test("gives the pool's columns", async () => {
    const answer = await idp().send(new GetCSVHeaderCommand({ UserPoolId: pool.id }))
    assert.equal(answer.UserPoolId, pool.id)
    assert.deepEqual(answer.CSVHeader?.slice(0, 3), ['name', 'given_name', 'family_name'])
    assert.deepEqual(answer.CSVHeader?.slice(-3), ['cognito:mfa_enabled', 'cognito:username', 'password_hash'])
  })
})

describe('CreateUserImportJob', () => {
  test('refuses the wrong type', () => refused(create({ JobName: wrong(1) }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(create({ JobName: 'no/slash' }), 'InvalidParameterException', /'jobName'/)
    await refused(create({ CloudWatchLogsRoleArn: 'not-an-arn-of-anything' }), 'InvalidParameterException')
    await refused(create({ PasswordHashingAlgorithm: wrong('MD5') }), 'InvalidParameterException')
    await refused(create({ UserPoolId: 'us-east-1_absent000' }), 'ResourceNotFoundException')
  })

  test('makes a job that waits for its file', async () => {
    const job = await create({ PasswordHashingAlgorithm: 'SCRYPT' })
    assert.match(job.JobId, /^import-[0-9a-zA-Z]{10}$/)
    assert.ok(job.PreSignedUrl.startsWith(`${server.endpoint}/imports/${pool.id}/${job.JobId}?`))
    assert.ok(job.PreSignedUrl.length <= 2048)
    assert.deepEqual(
      [job.Status, job.JobName, job.UserPoolId, job.CloudWatchLogsRoleArn, job.PasswordHashingAlgorithm],
      ['Created', 'people', pool.id, RoleArn, 'SCRYPT'],
    )
    assert.deepEqual([job.ImportedUsers, job.SkippedUsers, job.FailedUsers], [0, 0, 0])
    assert.ok(job.CreationDate && !job.StartDate && !job.CompletionDate && !job.CompletionMessage)
  })

  test('refuses more than a thousand jobs of one pool', async () => {
    const full = await makePool(server, { AutoVerifiedAttributes: ['email'] })
    for (let n = 0; n < 1_000; n += 50)
      await Promise.all(Array.from({ length: 50 }, () => create({ UserPoolId: full.id })))
    await refused(create({ UserPoolId: full.id }), 'LimitExceededException')
  })
})

describe('DescribeUserImportJob', () => {
  test('refuses the wrong type', () => refused(describeJob(wrong(1)), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(describeJob('job-1'), 'InvalidParameterException')
    await refused(describeJob(absent), ...noJob(absent))
    const other = await makePool(server)
    const { JobId } = await create()
    await refused(describeJob(JobId, other.id), ...noJob(JobId))
  })

  test('shows the job, and that it has expired', async () => {
    const mine = await startTestServer()
    try {
      const { id } = await makePool(mine, { AutoVerifiedAttributes: ['email'] })
      const { JobId, PreSignedUrl } = await create({ UserPoolId: id }, mine)
      const look = async () =>
        (await mine.clients.idp.send(new DescribeUserImportJobCommand({ UserPoolId: id, JobId }))).UserImportJob
      assert.deepEqual([(await look())?.Status, (await look())?.PreSignedUrl], ['Created', PreSignedUrl])
      await upload(PreSignedUrl, 'name')
      mine.world.clock.advance(startWithin)
      // The SDK's clock follows the world's; it is set back by the Date of every answer.
      const tomorrow = () => Object.assign(mine.clients.idp.config, { systemClockOffset: startWithin })
      tomorrow()
      assert.equal((await look())?.Status, 'Expired')
      tomorrow()
      const again = mine.clients.idp.send(new StartUserImportJobCommand({ UserPoolId: id, JobId }))
      await refused(again, ...notMet(/its status is Expired/))
    } finally {
      await mine.close()
    }
  })
})

describe('ListUserImportJobs', () => {
  const list = (more: object = {}) =>
    idp().send(new ListUserImportJobsCommand({ UserPoolId: pool.id, MaxResults: 60, ...more }))

  test('refuses the wrong type', () => refused(list({ MaxResults: 'all' }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(list({ MaxResults: 0 }), 'InvalidParameterException', /'maxResults'/)
    await refused(list({ MaxResults: 61 }), 'InvalidParameterException', /'maxResults'/)
    await refused(list({ PaginationToken: 'forged' }), 'InvalidParameterException')
  })

  test('lists newest first, each once', async () => {
    const other = await makePool(server)
    assert.deepEqual((await list({ UserPoolId: other.id })).UserImportJobs, [])
    const made: string[] = []
    for (let n = 0; n < 5; n += 1) {
      made.unshift((await create({ UserPoolId: other.id })).JobId)
      server.world.clock.advance(10)
    }
    const seen: (string | undefined)[] = []
    let PaginationToken: string | undefined
    do {
      const answer = await list({ UserPoolId: other.id, MaxResults: 2, PaginationToken })
      seen.push(...(answer.UserImportJobs ?? []).map(({ JobId }) => JobId))
      PaginationToken = answer.PaginationToken
    } while (PaginationToken)
    assert.deepEqual(seen, made)
  })
})

describe('the link to upload with', () => {
  test('takes the file, also in parts of unknown length, and again until the job starts', async () => {
    const job = await create()
    assert.equal((await upload(job.PreSignedUrl, 'not this one')).status, 200)
    const content = await fileOf([verified('uploaded', { name: 'Zoë, 1' })])
    const stream = new Blob([content]).stream()
    assert.equal((await upload(job.PreSignedUrl, stream)).status, 200)
    await start(job.JobId)
    assert.deepEqual(await codeOf(await upload(job.PreSignedUrl, content)), [409, 'OperationAborted'])
    await workOnce(server.world, going)
    assert.equal((await describeJob(job.JobId)).Status, 'Succeeded')
    assert.equal((await pool.look('uploaded')).attributes['name'], 'Zoë, 1')
  })

  test('is good for its job, its method and its quarter of an hour only', async () => {
    const mine = await startTestServer()
    try {
      const { id } = await makePool(mine, { AutoVerifiedAttributes: ['email'] })
      const [{ PreSignedUrl: url }, { PreSignedUrl: other }] = [
        await create({ UserPoolId: id }, mine),
        await create({ UserPoolId: id }, mine),
      ]
      const mixed = `${other.split('?')[0]}?${url.split('?')[1]}`
      const later = url.replace(/expires=(\d+)/, (_, seconds) => `expires=${Number(seconds) + 60}`)
      const unsigned = url.replace(/signature=.*/, 'signature=')
      for (const forged of [mixed, later, unsigned, url.split('?')[0] ?? ''])
        assert.deepEqual(await codeOf(await upload(forged, 'x')), [403, 'SignatureDoesNotMatch'])
      assert.deepEqual(await codeOf(await fetch(url)), [403, 'SignatureDoesNotMatch'])
      assert.deepEqual(await codeOf(await upload(url, 'x', {})), [403, 'AccessDenied'])
      assert.deepEqual(await codeOf(await fetch(url, { method: 'DELETE' })), [404, 'NoSuchKey'])
      mine.world.clock.advance(urlLife)
      assert.deepEqual(await codeOf(await upload(url, 'x')), [403, 'AccessDenied'])
    } finally {
      await mine.close()
    }
  })

  test('refuses more than 100 MB, announced or not', async () => {
    const job = await create()
    const megabyte = Buffer.alloc(1024 * 1024, 'x')
    function* tooMuch() {
      for (let sent = 0; sent <= largestFile; sent += megabyte.length) yield megabyte
    }
    const announced = { ...encrypted, 'content-length': String(largestFile + 1) }
    const streamed = Readable.toWeb(Readable.from(tooMuch(), { objectMode: false })) as BodyInit
    assert.deepEqual(await codeOf(await upload(job.PreSignedUrl, streamed)), [400, 'EntityTooLarge'])
    const request = put(job.PreSignedUrl, { headers: announced })
    const [answer] = await once(request, 'response')
    assert.equal(answer.statusCode, 400)
    request.destroy()
    await refused(start(job.JobId), ...notMet(`No csv file was uploaded for ${job.JobId}`))
  })

  test('is no bucket', async () => {
    assert.deepEqual(await codeOf(await fetch(`${server.endpoint}/imports/key`)), [404, 'NoSuchKey'])
  })
})

describe('StartUserImportJob', () => {
  test('refuses the wrong type', () => refused(start(wrong(1)), 'SerializationException'))

  test('refuses the wrong value, and a job that cannot start', async () => {
    await refused(start(absent), ...noJob(absent))
    const { JobId } = await create()
    await refused(start(JobId), ...notMet(`No csv file was uploaded for ${JobId}`))
    const { id } = await makePool(server)
    const unverified = await create({ UserPoolId: id })
    await upload(unverified.PreSignedUrl, 'x')
    await refused(start(unverified.JobId, id), ...notMet(/no auto verified attributes/))
  })

  test('starts one job at a time, each once', async () => {
    const [one, two] = [await create(), await create()]
    for (const [n, job] of [one, two].entries()) await upload(job.PreSignedUrl, await fileOf([verified(`once${n}`)]))
    const outcomes = await Promise.allSettled([start(one.JobId), start(one.JobId), start(two.JobId)])
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.equal(outcome.reason.name, 'PreconditionNotMetException')
    await workOnce(server.world, going)
    const statuses = [(await describeJob(one.JobId)).Status, (await describeJob(two.JobId)).Status]
    assert.deepEqual(statuses.toSorted(), ['Created', 'Succeeded'])
  })

  test('imports users, and tells of the others in a report at the link', async () => {
    await importUsers([verified('there')])
    const job = await importUsers([
      verified('new1'),
      verified('new2', { name: 'Ann\\ "Q", Ä' }),
      verified('there'),
      { 'cognito:username': 'nobody' },
    ])
    assert.deepEqual([job.Status, job.ImportedUsers, job.SkippedUsers, job.FailedUsers], ['Succeeded', 2, 1, 1])
    assert.ok(job.StartDate && job.CompletionDate)
    assert.deepEqual(
      [(await pool.look('new2')).attributes['name'], (await pool.look('new2')).status],
      ['Ann\\ "Q", Ä', 'RESET_REQUIRED'],
    )
    const report = await fetch(job.PreSignedUrl)
    assert.equal(report.headers.get('content-type'), 'text/csv; charset=utf-8')
    assert.equal(
      await report.text(),
      'line,outcome,reason\n' +
        '4,SKIPPED,"The user already exists."\n' +
        '5,FAILED,"The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true)."\n',
    )
    assert.deepEqual(await codeOf(await upload(job.PreSignedUrl, 'x')), [403, 'SignatureDoesNotMatch'])
  })

  test('fails in the words of AWS when too many rows became no users', async () => {
    const job = await importUsers([{ 'cognito:username': 'one' }, { 'cognito:username': 'two' }])
    assert.deepEqual(
      [job.Status, job.CompletionMessage, job.FailedUsers],
      ['Failed', 'Too many users have failed or been skipped during the import.', 2],
    )
  })

  test('runs in the background of a server', async (t) => {
    const worker = startImports(server.world, { look: 5 })
    t.after(() => worker.stop())
    const job = await create()
    await upload(job.PreSignedUrl, await fileOf([verified('background')]))
    assert.equal((await start(job.JobId))?.Status, 'Pending')
    await until(async () => (await describeJob(job.JobId)).Status === 'Succeeded')
  })
})

describe('StopUserImportJob', () => {
  test('refuses the wrong type', () => refused(stop(wrong(1)), 'SerializationException'))

  test('refuses the wrong value, and a job that nobody started', async () => {
    await refused(stop(absent), ...noJob(absent))
    const { JobId } = await create()
    await refused(stop(JobId), ...notMet(/its status is Created/))
  })

  test('stops a job, which cannot start again', async () => {
    const job = await create()
    await upload(job.PreSignedUrl, await fileOf([verified('never')]))
    await start(job.JobId)
    assert.equal((await stop(job.JobId))?.Status, 'Stopping')
    await workOnce(server.world, going)
    const { Status, CompletionMessage, CompletionDate } = await describeJob(job.JobId)
    assert.deepEqual([Status, CompletionMessage], ['Stopped', 'The Import Job was stopped by the developer.'])
    assert.ok(CompletionDate)
    await refused(start(job.JobId), ...notMet(/its status is Stopped/))
    await refused(stop(job.JobId), ...notMet(/its status is Stopped/))
    await refused(pool.look('never'), 'UserNotFoundException')
  })
})

test('a pool stays as it is while users are imported into it', async () => {
  const job = await create()
  await upload(job.PreSignedUrl, await fileOf([verified('meanwhile')]))
  await start(job.JobId)
  const UserPoolId = pool.id
  const CustomAttributes = [{ Name: 'late', AttributeDataType: 'String' as const }]
  for (const change of [
    () => idp().send(new UpdateUserPoolCommand({ UserPoolId })),
    () => idp().send(new AddCustomAttributesCommand({ UserPoolId, CustomAttributes })),
    () => idp().send(new DeleteUserPoolCommand({ UserPoolId })),
  ])
    await refused(change(), 'UserImportInProgressException')
  await workOnce(server.world, going)
  await idp().send(new AddCustomAttributesCommand({ UserPoolId, CustomAttributes }))
})

describe('an imported user', () => {
  const signIn = (USERNAME: string, PASSWORD: string) =>
    idp().send(
      new InitiateAuthCommand({
        ClientId: pool.clientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD },
      }),
    )

  test('without a hash is told to reset their password, whatever they enter', async () => {
    await importUsers([verified('resets')])
    await refused(
      signIn('resets', 'anything'),
      'PasswordResetRequiredException',
      'Password reset required for the user',
    )
  })

  test('with a hash signs in with their old password, which is then hashed as ours', async () => {
    const password = 'weak'
    const password_hash = await hashBcrypt(password, 4)
    const job = await importUsers([verified('keeps', { password_hash })], { PasswordHashingAlgorithm: 'BCRYPT' })
    assert.equal(job.Status, 'Succeeded')
    const { status, attributes } = await pool.look('keeps')
    assert.equal(status, 'CONFIRMED')
    const stored = async () => {
      const row = await server.world.db.get<{ hash: string; srp_verifier: string | null }>({
        pieces: ['select hash, srp_verifier from passwords where sub = ', ''],
        values: [attributes['sub'] ?? ''],
      })
      return row ?? assert.fail('no password')
    }
    const imported = await stored()
    assert.match(imported.hash, /^imported:/)
    assert.ok(!imported.hash.includes('$2b$'))
    await refused(signIn('keeps', 'wrong'), 'NotAuthorizedException', 'Incorrect username or password.')
    assert.equal((await stored()).hash, imported.hash)
    const { AuthenticationResult } = await signIn('keeps', password)
    assert.ok(AuthenticationResult?.AccessToken)
    assert.match((await stored()).hash, /^\$argon2id\$v=19\$m=7168,t=5,p=1\$/)
    await refused(signIn('keeps', 'wrong'), 'NotAuthorizedException')
    assert.ok((await signIn('keeps@example.com', password)).AuthenticationResult)
    await idp().send(
      new ChangePasswordCommand({
        AccessToken: AuthenticationResult?.AccessToken,
        PreviousPassword: password,
        ProposedPassword: 'N3w-Passw0rd!',
      }),
    )
    await refused(signIn('keeps', password), 'NotAuthorizedException')
    assert.ok((await signIn('keeps', 'N3w-Passw0rd!')).AuthenticationResult)
  })

  test('may not take the imported password again where the pool remembers', async () => {
    const PasswordPolicy = { MinimumLength: 6, PasswordHistorySize: 3 }
    const mindful = await makePool(server, { AutoVerifiedAttributes: ['email'], Policies: { PasswordPolicy } }, flows)
    const [UserPoolId, former] = [mindful.id, 'Old-Passw0rd!']
    const job = await create({ UserPoolId, PasswordHashingAlgorithm: 'BCRYPT' })
    const password_hash = await hashBcrypt(former, 4)
    await upload(job.PreSignedUrl, await fileOf([verified('ann', { password_hash })], UserPoolId))
    await start(job.JobId, UserPoolId)
    await workOnce(server.world, going)
    const set = { UserPoolId, Username: 'ann', Password: 'N3w-Passw0rd!', Permanent: true }
    await idp().send(new AdminSetUserPasswordCommand(set))
    const AccessToken = await mindful.tokenOf('ann')
    const change = { AccessToken, PreviousPassword: set.Password, ProposedPassword: former }
    await refused(idp().send(new ChangePasswordCommand(change)), 'PasswordHistoryPolicyViolationException')
  })

  test('signs in with a hash of every algorithm, through either flow', async () => {
    const { pbkdf2Sync, scryptSync } = await import('node:crypto')
    const { hash: hashArgon2 } = await import('@node-rs/argon2')
    const salt = Buffer.from('0123456789abcdef')
    const bare = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
    const hashes = {
      SCRYPT: `16384$8$1$${salt.toString('hex')}$${scryptSync('pw', salt, 32, { N: 16384, maxmem: 2 ** 26 }).toString('hex')}`,
      ARGON2ID: await hashArgon2('pw', { memoryCost: 4096, timeCost: 1, parallelism: 1 }),
      PBKDF2_SHA256: `$pbkdf2-sha256$1000$${bare(salt)}$${bare(pbkdf2Sync('pw', salt, 1000, 32, 'sha256'))}`,
    } as const
    for (const [algorithm, password_hash] of Object.entries(hashes)) {
      const USERNAME = `by-${algorithm}`
      const more = { PasswordHashingAlgorithm: algorithm as keyof typeof hashes }
      assert.equal((await importUsers([verified(USERNAME, { password_hash })], more)).ImportedUsers, 1)
      const AuthParameters = { USERNAME, PASSWORD: 'pw' }
      const { AuthenticationResult } = await idp().send(
        new AdminInitiateAuthCommand({
          UserPoolId: pool.id,
          ClientId: pool.clientId,
          AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
          AuthParameters,
        }),
      )
      assert.ok(AuthenticationResult?.IdToken)
    }
  })
})

/** A server over an SQLite file, a pool, and a started job of that many users, whose attribute is so long. */
async function prepare(folder: string, key: Buffer, users: number, filler: number) {
  const database = await openSqlite(join(folder, 'poolhouse.db'))
  await migrate(database)
  const mine = await startTestServer({ database })
  Object.assign(mine.world, { seal: createSeal(key) })
  const { id } = await makePool(mine, { AutoVerifiedAttributes: ['email'] })
  const job = await create({ UserPoolId: id }, mine)
  const header = (await mine.clients.idp.send(new GetCSVHeaderCommand({ UserPoolId: id }))).CSVHeader ?? []
  const address = 'x'.repeat(filler)
  function* rows() {
    yield `${header.join()}\n`
    for (let n = 0; n < users; n += 1) {
      const user: Record<string, string> = { ...verified(`u${n}`), address }
      yield `${header.map((name) => user[name] ?? '').join()}\n`
    }
  }
  const body = Readable.toWeb(Readable.from(rows(), { objectMode: false }))
  assert.equal((await upload(job.PreSignedUrl, body as BodyInit)).status, 200)
  await mine.clients.idp.send(new StartUserImportJobCommand({ UserPoolId: id, JobId: job.JobId }))
  const look = async () =>
    (await mine.clients.idp.send(new DescribeUserImportJobCommand({ UserPoolId: id, JobId: job.JobId })))
      .UserImportJob ?? assert.fail('no job')
  return { mine, look, id }
}

const usersIn = async ({ world }: TestServer, poolId: string) =>
  (
    await world.db.get<{ users: number }>({
      pieces: ['select count(*) as users from users where pool_id = ', ''],
      values: [poolId],
    })
  )?.users

test('a node that is killed in the middle of a job is followed by another, and each user is imported once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-import-'))
  const key = randomBytes(32)
  const { mine, look, id } = await prepare(folder, key, 6_000, 10)
  try {
    const child = fork(new URL('import-child.ts', import.meta.url), [folder, key.toString('hex')])
    assert.equal((await once(child, 'exit'))[1], 'SIGKILL')
    const left = await look()
    assert.equal(left.Status, 'InProgress')
    assert.equal(left.ImportedUsers, 8 * rowsAtATime)
    assert.equal(await workOnce(mine.world, going), false)
    mine.world.clock.advance(leaseLife + 1)
    await workOnce(mine.world, going)
    const { Status, ImportedUsers, SkippedUsers, FailedUsers } = await look()
    assert.deepEqual([Status, ImportedUsers, SkippedUsers, FailedUsers], ['Succeeded', 6_000, 0, 0])
    assert.equal(await usersIn(mine, id), 6_000)
  } finally {
    await mine.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('an import of 20,000 users holds a small part of its file in memory', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const inUse = () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-import-'))
  // Rows of two kilobytes: a file of 43 megabytes.
  const { mine, look, id } = await prepare(folder, randomBytes(32), 20_000, 2_000)
  try {
    // What the upload left behind in this very process goes first.
    await pause(50)
    collect()
    const samples: number[] = []
    const sampling = setInterval(() => samples.push(inUse()), 100)
    await workOnce(mine.world, going)
    clearInterval(sampling)
    assert.equal((await look()).ImportedUsers, 20_000)
    assert.equal(await usersIn(mine, id), 20_000)
    assert.ok(samples.length > 0)
    const most = Math.max(...samples) - inUse()
    assert.ok(most < 20 * 1024 * 1024, `${most} bytes`)
  } finally {
    await mine.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
