/** The list of all buckets: those kept here and those of the servers behind, as one. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateBucketCommand,
  ListBucketsCommand,
  type ListBucketsCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { pino } from 'pino'
import type { UpstreamServer } from '../../src/world.ts'
import { type Behind, listenBehind, upstream } from '../support/gateway.ts'
import { allowing, assume, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
const listOf = (names: readonly string[], token = '') => ({
  status: 200,
  text: `<ListAllMyBucketsResult><Owner><ID>x</ID></Owner><Buckets>${names
    .map((name) => `<Bucket><Name>${name}</Name><CreationDate>2026-01-02T03:04:05.000Z</CreationDate></Bucket>`)
    .join('')}</Buckets>${token && `<ContinuationToken>${token}</ContinuationToken>`}</ListAllMyBucketsResult>`,
})
const errorOf = (status: number, code: string) => ({
  status,
  text: `<Error><Code>${code}</Code><Message>A sentence.</Message></Error>`,
})

describe('the list of buckets', { timeout: 60_000 }, () => {
  let one: TestServer
  let server: TestServer
  /** A server behind that answers as it is told. */
  let odd: Behind
  let asked: URLSearchParams[] = []
  let reply: (query: URLSearchParams) => { status: number; text: string }
  const all = ['a-near', 'far-b', 'far-d', 'more-odd', 'near', 'odd-c', 'z-near']

  before(async () => {
    one = await startTestServer()
    odd = await listenBehind((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://x')
      asked.push(searchParams)
      const { status, text } = reply(searchParams)
      response.writeHead(status, { 'content-type': 'application/xml' }).end(text)
    })
    const rows: UpstreamServer[] = [upstream('http://127.0.0.1:9', { match: 'unsigned-*', keys: undefined })]
    server = await startTestServer({ settings: { upstreams: { s3: rows } } })
    const make = (to: TestServer, Bucket: string) => to.clients.s3.send(new CreateBucketCommand({ Bucket }))
    // What was made here before the setting came is hidden by it.
    for (const name of ['a-near', 'far-b', 'far-hidden', 'near', 'z-near']) await make(server, name)
    for (const name of ['far-b', 'far-d', 'of-nobody', 'near']) await make(one, name)
    rows.push(
      upstream(one.endpoint, { match: 'far-*', keys }),
      upstream(odd.url, { match: 'odd-*', keys, region: 'eu-west-1' }),
      upstream(odd.url, { match: 'more-odd', keys, region: 'eu-west-1' }),
    )
  })
  after(async () => {
    await server?.close()
    await odd?.close()
    await one?.close()
  })
  const list = async (input: ListBucketsCommandInput = {}, s3: S3Client = server.clients.s3) => {
    asked = []
    const found = await s3.send(new ListBucketsCommand(input))
    return { ...found, names: found.Buckets?.map(({ Name }) => Name) ?? [] }
  }
  const oddServes = () => {
    reply = () => listOf(['far-b', 'odd-c', 'others', 'more-odd'])
  }

  test('has in order what is kept here and what each server serves, and asks each server once', async () => {
    oddServes()
    const { names, Owner, Buckets } = await list()
    assert.deepEqual(names, all)
    assert.equal(Owner?.ID, server.world.settings.account)
    assert.equal(Buckets?.find(({ Name }) => Name === 'odd-c')?.CreationDate?.toISOString(), '2026-01-02T03:04:05.000Z')
    assert.equal(asked.length, 1)
  })

  test('comes by page, by beginning and by region', async () => {
    oddServes()
    const names: unknown[] = []
    let ContinuationToken: string | undefined
    let pages = 0
    do {
      const page = await list({ MaxBuckets: 2, ...(ContinuationToken && { ContinuationToken }) })
      assert.ok(page.names.length <= 2)
      names.push(...page.names)
      ContinuationToken = page.ContinuationToken
    } while (++pages < 9 && ContinuationToken)
    assert.deepEqual([names, pages], [all, 4])
    assert.deepEqual((await list({ Prefix: 'far-' })).names, ['far-b', 'far-d'])
    assert.deepEqual((await list({ BucketRegion: 'eu-west-1' })).names, ['more-odd', 'odd-c'])
  })

  test('has all pages of a server that answers by page; one that never ends is given up', async () => {
    reply = (query) =>
      query.get('continuation-token') === null ? listOf(['odd-1'], 'next/ +') : listOf(['odd-2', 'more-odd'])
    assert.deepEqual((await list({ Prefix: 'odd-' })).names, ['odd-1', 'odd-2'])
    assert.deepEqual(
      asked.map((query) => query.get('continuation-token')),
      [null, 'next/ +'],
    )
    let turn = 0
    reply = () => listOf([], `token-${++turn}`)
    await assert.rejects(list(), { name: 'ServiceUnavailable' })
  })

  test('is asked of no server for those who may not have it', async () => {
    const role = await makeRole(server.clients, 'Reader', { policy: allowing('s3:GetObject') })
    const { s3 } = await assume(server, server.clients, role)
    await assert.rejects(list({}, s3), { name: 'AccessDenied' })
    assert.equal(asked.length, 0)
  })

  test('leaves out a server whose keys may not list, and is refused where a server fails', async () => {
    const { log } = server.world
    const lines: string[] = []
    Object.assign(server.world, { log: pino({ level: 'warn' }, { write: (line: string) => lines.push(line) }) })
    reply = () => errorOf(403, 'AccessDenied')
    assert.deepEqual((await list()).names, ['a-near', 'far-b', 'far-d', 'near', 'z-near'])
    Object.assign(server.world, { log })
    // Of two rows that name the server the first counts.
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).match),
      ['odd-*'],
    )
    reply = () => errorOf(503, 'SlowDown')
    await assert.rejects(list(), { name: 'SlowDown' })
    for (const text of ['nonsense', '<Other/>', '<!DOCTYPE x><ListAllMyBucketsResult/>']) {
      reply = () => ({ status: 200, text })
      await assert.rejects(list(), { name: 'ServiceUnavailable' })
    }
    reply = () => ({ status: 307, text: '' })
    await assert.rejects(list(), { name: 'ServiceUnavailable' })
    await odd.close()
    await assert.rejects(list(), { name: 'ServiceUnavailable' })
  })
})
