/** The database goes away and comes back: what everybody is told meanwhile, and that nothing acknowledged is lost. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ListIdentityPoolsCommand } from '@aws-sdk/client-cognito-identity'
import { AdminGetUserCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider'
import { CognitoSyncClient, ListIdentityPoolUsageCommand } from '@aws-sdk/client-cognito-sync'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { ListUsersCommand } from '@aws-sdk/client-iam'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import pg from 'pg'
import { pino } from 'pino'
import { StoreError } from '../../src/store/errors.ts'
import { literal } from '../../src/store/guard.ts'
import { migrate } from '../../src/store/migrate.ts'
import { watchOutages } from '../../src/store/outage.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { type Product, startProduct } from '../support/product.ts'
import { startTestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { makePlace, type Side, sideOf } from './deeds.ts'

const data = mkdtempSync(join(tmpdir(), 'poolhouse-faults-'))
after(() => rmSync(data, { recursive: true, force: true }))

/** What it logs at its start is of no interest here. */
const news = (product: Product): Line[] => linesOf(product).filter(({ msg }) => !/--upstreams/.test(msg))

type Line = { readonly level: number; readonly msg: string; readonly err?: { stack?: string } }
const linesOf = (product: Product): Line[] =>
  product
    .log()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)

const statusOf = (error: unknown) => (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode

/** A call that is told to come again: the code and status that SDKs retry. */
const toldToComeAgain = (error: unknown): true => {
  assert.deepEqual([(error as Error).name, statusOf(error)], ['ServiceUnavailable', 503], String(error))
  return true
}

describe('PostgreSQL', () => {
  let postgres: Postgres
  let product: Product
  let side: Side
  const keys = { accessKeyId: 'test', secretAccessKey: 'test' }

  before(async () => {
    postgres = await startPostgres({ durable: true })
    product = await startProduct({
      ...{ data: join(data, 'postgres'), databaseUrl: postgres.url, masterKey: randomBytes(32).toString('hex') },
      flags: ['--issuer', 'http://faults.localhost'],
    })
    side = sideOf(product.endpoint, await makePlace(product.endpoint))
  })
  after(async () => {
    await product?.end('SIGTERM')
    await postgres?.stop()
  })

  /** Another database of the same server: a master key fits one. */
  async function freshDatabase(): Promise<string> {
    const client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
    await client.query('create database ended')
    await client.end()
    return postgres.url.replace(/postgres$/, 'ended')
  }

  const get = (path: string, more?: RequestInit) => fetch(`${product.endpoint}${path}`, { redirect: 'manual', ...more })

  test('while it is away every protocol says so in its own words, and the log says so once', async (t) => {
    await postgres.interrupt('fast')
    t.after(() => postgres.resume())
    const config = { endpoint: product.endpoint, region: 'us-east-1', credentials: keys, maxAttempts: 1 }
    const { ClientId } = side.place
    const { idp, identity, iam, sts, s3 } = side
    const sync = new CognitoSyncClient(config)
    // Keys that are not root's are looked up first.
    const others = { ...config, credentials: { accessKeyId: `AKIA${'A'.repeat(16)}`, secretAccessKey: 'x' } }
    const [lambda, dynamodb, sqs] = [new LambdaClient(others), new DynamoDBClient(others), new SQSClient(others)]
    const role = { RoleArn: 'arn:aws:iam::000000000000:role/x', RoleSessionName: 'me' }
    const place = { Bucket: 'faults', Key: 'away' }
    const calls: (() => Promise<unknown>)[] = [
      () => idp.send(new SignUpCommand({ ClientId, Username: 'away', Password: 'Passw0rd!' })),
      () => identity.send(new ListIdentityPoolsCommand({ MaxResults: 5 })),
      () => iam.send(new ListUsersCommand({})),
      () => sts.send(new AssumeRoleCommand(role)),
      () => s3.send(new PutObjectCommand({ ...place, Body: 'x' })),
      () => s3.send(new GetObjectCommand(place)),
      () => sync.send(new ListIdentityPoolUsageCommand({})),
      () => lambda.send(new InvokeCommand({ FunctionName: 'f' })),
      () => dynamodb.send(new ListTablesCommand({})),
      () => sqs.send(new ListQueuesCommand({})),
    ]
    for (const call of calls) await assert.rejects(call, toldToComeAgain)
    for (const client of [sync, lambda, dynamodb, sqs]) client.destroy()

    for (const path of ['token', 'revoke', 'par', 'introspect']) {
      const answer = await get(`/domains/any/oauth2/${path}`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: ClientId }),
      })
      const { status, headers } = answer
      assert.deepEqual(
        [status, headers.get('retry-after'), headers.get('access-control-allow-origin')],
        [503, '1', '*'],
        path,
      )
      assert.equal(((await answer.json()) as { error: string }).error, 'temporarily_unavailable')
    }
    for (const path of ['/login', '/oauth2/authorize', '/signup', '/logout', '/account', '/confirmUser']) {
      const answer = await get(`/domains/any${path}?client_id=${ClientId}&response_type=code&lang=de`)
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'], path)
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/)
      assert.match(await answer.text(), /<html lang="de"[\s\S]*Bitte gleich noch einmal versuchen/)
    }
    const jwks = await get('/us-east-1_abcdefghi/.well-known/jwks.json')
    assert.deepEqual([jwks.status, jwks.headers.get('retry-after')], [503, '1'])
    assert.deepEqual([(await get('/healthz')).status, (await get('/readyz')).status], [200, 503])

    // The program has said it; its output takes a way of its own.
    await until(() => news(product).length > 0)
    const [line, ...more] = news(product)
    assert.equal(line?.msg, 'The database is unavailable: what needs it is refused with 503 until it is back.')
    assert.deepEqual(more, [])
    await postgres.resume()
    await until(async () => (await get('/readyz')).status === 200)
    await until(() => news(product).length === 2)
    assert.equal(news(product)[1]?.msg, 'The database is back.')
  })

  test('a node is ended in order while it is away', async () => {
    const masterKey = randomBytes(32).toString('hex')
    const node = await startProduct({ data: join(data, 'ended'), databaseUrl: await freshDatabase(), masterKey })
    await postgres.interrupt('crash')
    try {
      await until(async () => (await fetch(`${node.endpoint}/readyz`)).status === 503)
      assert.equal(await node.end('SIGTERM'), 0, node.log())
    } finally {
      await postgres.resume()
    }
  })

  test('under load, a stop and a crash of the database lose nothing acknowledged, and nobody is told of an error of ours', async (t) => {
    const { ClientId, UserPoolId } = side.place
    const acknowledged: string[] = []
    const faults: unknown[] = []
    let refused = 0
    let going = true
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let turn = 0; going; turn++) {
        const Username = `u${lane}-${turn}`
        try {
          await side.idp.send(new SignUpCommand({ ClientId, Username, Password: 'Passw0rd!' }))
          const Body = Buffer.alloc(20_000, Username)
          await side.s3.send(new PutObjectCommand({ Bucket: 'faults', Key: Username, Body }))
          acknowledged.push(Username)
        } catch (error) {
          if (statusOf(error) !== 503) faults.push(error)
          refused += 1
          await pause(20)
        }
      }
    })
    const load = Promise.all(lanes)
    t.after(() => {
      going = false
      return load
    })
    for (const how of ['fast', 'crash'] as const) {
      const [before, refusedBefore] = [acknowledged.length, refused]
      await until(() => acknowledged.length > before + 20)
      await postgres.interrupt(how)
      await until(() => refused > refusedBefore + 20)
      await postgres.resume()
    }
    const sofar = acknowledged.length
    await until(() => acknowledged.length > sofar + 20)
    going = false
    await load
    assert.deepEqual(faults, [])
    for (const Username of acknowledged) {
      await side.idp.send(new AdminGetUserCommand({ UserPoolId, Username }))
      const { Body } = await side.s3.send(new GetObjectCommand({ Bucket: 'faults', Key: Username }))
      assert.ok(
        Buffer.alloc(20_000, Username).equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)),
        Username,
      )
    }
    const said = news(product).map(({ msg }) => msg)
    assert.deepEqual(
      said.filter((msg) => !/^The database is (unavailable|back)/.test(msg)),
      [],
    )
    // Each outage begins and ends, and may do so twice: hundreds were refused.
    assert.ok(said.length <= 16, `${said.length} lines`)
  })
})

test('SQLite, whose disk is full: writers are told to come again, readers are served, and it goes on when there is room', async (t) => {
  const folder = join(data, 'full')
  mkdirSync(folder)
  const lines: { msg: string }[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const opened = await openSqlite(join(folder, 'poolhouse.db'))
  await migrate(opened)
  let now = 0
  const database = watchOutages(opened, log, () => now)
  const server = await startTestServer({ database })
  t.after(() => server.close())
  const side = sideOf(server.endpoint, await makePlace(server.endpoint))
  const { ClientId, UserPoolId } = side.place
  const signUp = (Username: string) => side.idp.send(new SignUpCommand({ ClientId, Username, Password: 'Passw0rd!' }))
  const room = (pages: number) => opened.all(literal(`pragma max_page_count = ${pages}`))
  const pages = (await opened.get<{ page_count: number }>(literal('pragma page_count')))?.page_count ?? 0
  await room(pages + 2)
  const there: string[] = []
  let refused = 0
  for (let n = 0; refused < 5 && n < 1_000; n++) {
    const Username = `u${n}`
    await signUp(Username).then(
      () => there.push(Username),
      (error) => (refused += Number(toldToComeAgain(error))),
    )
  }
  assert.ok(refused === 5 && there.length > 0)
  for (const Username of there) await side.idp.send(new AdminGetUserCommand({ UserPoolId, Username }))
  now += 60_000
  await side.idp.send(new AdminGetUserCommand({ UserPoolId, Username: there[0] }))
  assert.deepEqual(lines.length, 1, 'that it can be read is no proof that it is back')
  await room(1_000_000)
  await signUp('after')
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ['The database is unavailable: what needs it is refused with 503 until it is back.', 'The database is back.'],
  )
})

test('an object whose commit got no answer is the old one or the new one, and whole', async (t) => {
  const folder = join(data, 'unanswered')
  mkdirSync(folder)
  const database = await openSqlite(join(folder, 'poolhouse.db'))
  await migrate(database)
  /** As where the connection breaks: when COMMIT was sent, or right after its answer. */
  let breaks: 'commit' | 'afterwards' | undefined
  const gone = () => Promise.reject(new StoreError('unavailable', 'The connection broke.'))
  const server = await startTestServer({
    database: {
      ...database,
      get: (statement) => (breaks === undefined ? database.get(statement) : gone()),
      run: (statement) => (breaks === undefined ? database.run(statement) : gone()),
      async transaction(work) {
        const answer = await database.transaction(work)
        if (wanted) breaks = wanted
        return breaks === 'commit' ? gone() : answer
      },
    },
  })
  let wanted: typeof breaks
  t.after(() => server.close())
  const { s3 } = server.clients
  const [Bucket, Key] = ['unanswered', 'large']
  await s3.send(new CreateBucketCommand({ Bucket }))
  const put = (fill: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(50_000, fill) }))
  const bytes = async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return (await Body?.transformToString()) ?? ''
  }
  await put('a')
  wanted = 'commit'
  await assert.rejects(put('b'), toldToComeAgain)
  wanted = breaks = undefined
  assert.equal(await bytes(), 'b'.repeat(50_000))
  wanted = 'afterwards'
  await put('c')
  wanted = breaks = undefined
  assert.equal(await bytes(), 'c'.repeat(50_000))
})

test('SQLite, whose file another program holds: writers are told to come again, readers and /healthz are served', async () => {
  const folder = join(data, 'sqlite')
  const product = await startProduct({ data: folder })
  const side = sideOf(product.endpoint, await makePlace(product.endpoint))
  const { ClientId, UserPoolId } = side.place
  const signUp = (Username: string) => side.idp.send(new SignUpCommand({ ClientId, Username, Password: 'Passw0rd!' }))
  await signUp('before')
  const other = new DatabaseSync(join(folder, 'poolhouse.db'))
  other.exec('begin immediate')
  const held = assert.rejects(signUp('held'), toldToComeAgain)
  for (let look = 0; look < 20; look++) {
    assert.equal((await fetch(`${product.endpoint}/healthz`)).status, 200)
    await side.idp.send(new AdminGetUserCommand({ UserPoolId, Username: 'before' }))
  }
  await held
  assert.equal((await fetch(`${product.endpoint}/readyz`)).status, 503)
  other.exec('rollback')
  await signUp('after')
  assert.equal((await fetch(`${product.endpoint}/readyz`)).status, 200)
  other.exec('begin immediate')
  assert.equal(await product.end('SIGTERM'), 0, product.log())
  other.close()
})
