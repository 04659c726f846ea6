/** Functions: Lambda handlers from a folder, over HTTP and through an Invoke endpoint; and what a function cannot do. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pino } from 'pino'
import { createInvoke } from '../../src/functions/invoke.ts'
import { readFunctions } from '../../src/functions/settings.ts'
import { createGuardedFetch } from '../../src/outbound/guarded-fetch.ts'
import { createSeal } from '../../src/protocols/seal.ts'
import type { InvokeResult } from '../../src/world.ts'
import { until } from '../support/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))
const data = mkdtempSync(join(tmpdir(), 'poolhouse-data-'))
const write = (file: string, text: string, base = folder) => {
  mkdirSync(dirname(join(base, file)), { recursive: true })
  writeFileSync(join(base, file), text)
}
const lines: Record<string, unknown>[] = []
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
const seal = createSeal(Buffer.alloc(32, 1))
const make = (functions: string, reload = false) =>
  createInvoke({
    functions,
    dataFolder: data,
    region: 'eu-west-1',
    log,
    seal,
    now: Date.now,
    fetch: createGuardedFetch('all'),
    reload,
  })
const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`
const call = { timeoutMs: 60_000, requestId: 'request-1' }
/** What it answered, read. */
const answerOf = (result: InvokeResult): unknown =>
  result.outcome === 'answered' ? JSON.parse(result.payload) : assert.fail(JSON.stringify(result))
const failureOf = (result: InvokeResult): string =>
  result.outcome === 'failed' ? result.message : assert.fail(JSON.stringify(result))

after(() => {
  rmSync(folder, { recursive: true })
  rmSync(data, { recursive: true })
})

describe('a folder of functions', () => {
  const local = make(folder, true)
  after(() => local.close())
  const run = (name: string, event: unknown = {}, timeoutMs = call.timeoutMs) =>
    local.invoke(arn(name), JSON.stringify(event), { ...call, timeoutMs })

  before(() => {
    write('esm/index.mjs', 'export const handler = async (event) => ({ ...event, seen: true })')
    write('common/index.js', 'exports.handler = async (event) => ({ ...event, seen: true })')
    write('callback/index.js', 'exports.handler = (event, context, done) => setTimeout(() => done(null, event), 1)')
    write('typed/index.ts', 'type E = { a: number }\nexport const handler = async ({ a }: E): Promise<number> => a + 1')
    write('single.ts', 'export const handler = async () => "single"')
    write('named/src/app.mjs', 'export const go = async () => process.env')
    write(
      'named/function.json',
      '{ "handler": "src/app.go", "environment": { "GREETING": "hi" }, "senderKey": "key-1" }',
    )
    write('imports/index.js', "const dep = require('dep'); exports.handler = async () => dep")
    write('imports/node_modules/dep/index.js', 'module.exports = 42')
    write('node_modules/shared/index.js', 'module.exports = "above"')
    write('above/index.js', "exports.handler = async () => require('shared')")
    write('throws/index.js', "exports.handler = async () => { throw new Error('Not allowed.') }")
    write('refuses/index.js', "exports.handler = (event, context, done) => done('as text')")
    write('broken/index.js', 'exports.handler = ')
    write('nothing/index.js', 'exports.other = 1')
    write('silent/index.js', 'exports.handler = (event, context, done) => {}')
    write('exits/index.js', 'exports.handler = async () => process.exit(3)')
    write(
      'stray/index.js',
      "exports.handler = () => new Promise(() => setTimeout(() => { throw new Error('later') }, 1))",
    )
    write('loops/index.js', 'exports.handler = async () => { for (;;); }')
    write('waits/index.js', 'exports.handler = () => new Promise((done) => setTimeout(done, 60000))')
    write('huge/index.js', "exports.handler = async () => 'x'.repeat(6 * 1024 * 1024)")
    write(
      'chatty/index.js',
      "exports.handler = async () => { for (let i = 0; i < 9000; i++) console.log('x'.repeat(100)); return 1 }",
    )
    write('heap/index.js', 'exports.handler = async () => { const all = []; for (;;) all.push({ n: all.length }) }')
    write(
      'buffers/index.js',
      'exports.handler = async () => { const all = []; for (;;) { all.push(Buffer.alloc(1e7, 1)); await new Promise(setImmediate) } }',
    )
    write('counts/index.js', 'let n = 0; exports.handler = async () => ({ n: ++n, pid: process.pid })')
    write(
      'slow/index.js',
      'exports.handler = async () => { await new Promise((d) => setTimeout(d, 100)); return process.pid }',
    )
    write('slow/function.json', '{ "concurrency": 2 }')
    write(
      'prints/index.js',
      "exports.handler = async (e) => { console.log('out', e.a); console.error('err'); return 1 }",
    )
    write('context/index.js', 'exports.handler = async (e, c) => ({ ...c, left: c.getRemainingTimeInMillis() })')
  })

  for (const name of ['esm', 'common', 'callback'])
    test(`runs a ${name} handler`, async () => {
      const answer = answerOf(await run(name, { a: 1 })) as object
      assert.deepEqual(answer, name === 'callback' ? { a: 1 } : { a: 1, seen: true })
    })

  test('runs TypeScript, a single file, and modules beside and above the function', async () => {
    assert.equal(answerOf(await run('typed', { a: 1 })), 2)
    assert.equal(answerOf(await run('single')), 'single')
    assert.equal(answerOf(await run('imports')), 42)
    assert.equal(answerOf(await run('above')), 'above')
  })

  test("the environment is Lambda's and the function's own, and nothing of the server's", async () => {
    process.env['POOLHOUSE_TEST_SECRET'] = 'secret'
    const environment = answerOf(await run('named')) as Record<string, string>
    assert.deepEqual(Object.keys(environment).sort(), [
      'AWS_DEFAULT_REGION',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_VERSION',
      'AWS_REGION',
      'GREETING',
      'LAMBDA_TASK_ROOT',
      'LANG',
      'POOLHOUSE_SENDER_KEY',
      'POOLHOUSE_SENDER_KEY_NAME',
      'POOLHOUSE_SENDER_KEY_NAMESPACE',
      'TZ',
      '_HANDLER',
    ])
    assert.deepEqual([environment['GREETING'], environment['AWS_LAMBDA_FUNCTION_NAME']], ['hi', 'named'])
    assert.equal(environment['POOLHOUSE_SENDER_KEY'], seal.mac('sender-key', 'key-1').toString('base64'))
  })

  test("the context is Lambda's", async () => {
    const context = answerOf(await run('context')) as Record<string, unknown>
    assert.equal(context['awsRequestId'], 'request-1')
    assert.equal(context['invokedFunctionArn'], arn('context'))
    assert.equal(context['functionName'], 'context')
    assert.equal(context['memoryLimitInMB'], '128')
    assert((context['left'] as number) > 0 && (context['left'] as number) <= call.timeoutMs)
  })

  test('what it throws is told in its own words', async () => {
    assert.equal(failureOf(await run('throws')), 'Not allowed.')
    assert.equal(failureOf(await run('refuses')), 'as text')
    assert.match(failureOf(await run('broken')), /Unexpected end of input/)
    assert.match(failureOf(await run('nothing')), /handler is undefined or not exported/)
    assert.match(failureOf(await run('stray')), /later/)
  })

  test('a handler that answers nothing answers null', async () => {
    assert.equal(answerOf(await run('silent')), null)
  })

  test('a name that is no function is not found', async () => {
    for (const name of ['absent', '../data', 'node_modules', '..'])
      assert.equal(((await run(name)) as { reason?: string }).reason, 'ResourceNotFoundException')
  })

  test('a process that ends itself fails its call only, and the next call has a new one', async () => {
    assert.match(
      failureOf(await run('exits')),
      /^RequestId: request-1 Error: Runtime exited with error: exit status 3$/,
    )
    assert.match(failureOf(await run('exits')), /exit status 3/)
  })

  test('an endless loop and a long wait are ended when the time is over', async () => {
    assert.deepEqual(await run('loops', {}, 700), { outcome: 'timed-out' })
    assert.deepEqual(await run('waits', {}, 700), { outcome: 'timed-out' })
  })

  test('an answer of more than six megabytes is refused', async () => {
    assert.match(failureOf(await run('huge')), /Response payload size exceeded/)
  })

  test('whoever fills heap or buffers loses the process, not the server', async () => {
    assert.match(failureOf(await run('heap')), /Runtime exited with error/)
    assert.match(failureOf(await run('buffers')), /Runtime exited with error: signal: killed/)
  })

  test('output goes to the log with the request, and no more than its size', async () => {
    lines.length = 0
    await local.invoke(arn('prints'), '{"a":1}', { ...call, requestId: 'printing' })
    await run('chatty')
    const said = (stream: string) =>
      lines
        .filter((line) => line['function'] === 'prints' && line['stream'] === stream)
        .map((line) => [line['requestId'], line['msg']])
    const printed = () => lines.filter((line) => line['function'] === 'chatty')
    // Through pipes of its own, so a moment after the answer.
    await until(() => said('stderr').length > 0 && printed().some((line) => /too much/.test(String(line['msg']))))
    assert.deepEqual(said('stdout'), [['printing', 'out 1']])
    assert.deepEqual(said('stderr'), [['printing', 'err']])
    assert(printed().reduce((sum, line) => sum + String(line['msg']).length, 0) < 400 * 1024)
  })

  test('a warm process is used again, and replaced when the code changes', async () => {
    const first = answerOf(await run('counts')) as { n: number; pid: number }
    const second = answerOf(await run('counts')) as { n: number; pid: number }
    assert.deepEqual([second.n, second.pid], [2, first.pid])
    write('counts/index.js', "exports.handler = async () => 'changed'")
    await until(async () => answerOf(await run('counts')) === 'changed')
  })

  test('calls at the same time run in as many processes as allowed, the rest wait their turn', async () => {
    const pids = (await Promise.all(Array.from({ length: 6 }, () => run('slow')))).map(answerOf)
    assert.equal(new Set(pids).size, 2)
  })

  test('functions that are called in turn by many at once keep their processes', async () => {
    const names = ['first', 'second', 'third']
    for (const name of names) write(`${name}/index.js`, 'exports.handler = async () => process.pid')
    const chain = async () => {
      const pids: unknown[] = []
      for (const name of names) pids.push(answerOf(await run(name)))
      return pids
    }
    const rounds = 6
    const pids: unknown[] = []
    for (let round = 0; round < rounds; round++)
      pids.push(...(await Promise.all(Array.from({ length: 16 }, chain))).flat())
    // Were each step to end the processes of another function, nearly every call would have one of its own.
    assert.ok(new Set(pids).size <= pids.length / 5, `${new Set(pids).size} processes for ${pids.length} calls`)
  })

  test('who waits longer than the call may take is throttled', async () => {
    await Promise.all([run('slow'), run('slow')])
    const results = await Promise.all(Array.from({ length: 8 }, () => run('slow', {}, 150)))
    assert(results.some(({ outcome }) => outcome === 'throttled'))
  })
})

describe('attack: what a local function reaches for', () => {
  const local = make(folder, true)
  after(() => local.close())

  before(() => {
    write('master.key', 'the master key', data)
    write(
      'reaches/index.js',
      `const attempts = {
        allowed: () => require('node:fs').readFileSync(__filename).length,
        read: () => require('node:fs').readFileSync(process.env.DATA + '/master.key', 'utf8'),
        list: () => require('node:fs').readdirSync(process.env.DATA),
        write: () => require('node:fs').writeFileSync(__dirname + '/index.js', ''),
        link: () => require('node:fs').symlinkSync(process.env.DATA, __dirname + '/link'),
        parent: () => require('node:fs').readFileSync('/proc/' + process.ppid + '/environ', 'utf8'),
        own: () => require('node:fs').readFileSync('/proc/self/mem'),
        sqlite: () => new (require('node:sqlite').DatabaseSync)(process.env.DATA + '/poolhouse.db'),
        sqliteAgain: () => new (process.getBuiltinModule('node:sqlite').DatabaseSync)(process.env.DATA + '/poolhouse.db'),
        variables: () => process.loadEnvFile(process.env.DATA + '/master.key'),
        spawn: () => require('node:child_process').execSync('cat ' + process.env.DATA + '/master.key'),
        rawSpawn: () => {
          const child = new (require('node:child_process').ChildProcess)()
          const status = child.spawn({ file: '/bin/true', args: ['/bin/true'], stdio: [] })
          if (status < 0) throw new Error('status ' + status)
        },
        blob: () => require('node:fs').openAsBlob(process.env.DATA + '/master.key').size,
        exists: () => { if (!require('node:fs').existsSync(process.env.DATA + '/master.key')) throw new Error('hidden') },
        dots: () => require('node:fs').readFileSync(Buffer.from(__dirname + '/../' + process.env.DATA.split('/').pop() + '/master.key')),
        thread: () => new (require('node:worker_threads').Worker)('1', { eval: true }),
        addon: () => process.dlopen({}, '/lib/x.node'),
        wasi: () => new (require('node:wasi').WASI)({ version: 'preview1', preopens: { '/': process.env.DATA } }),
        inspector: () => require('node:inspector').open(0),
        attach: () => process._debugProcess(process.ppid),
        kill: () => process.kill(process.ppid, 0),
        rawKill: () => process._kill(process.ppid, 0),
        restore: () => Object.defineProperty(process, 'kill', { value: 1 }),
        binding: () => process.binding('fs'),
        memory: () => require('node:v8').setFlagsFromString('--max-old-space-size=8000'),
        priority: () => require('node:os').setPriority(process.ppid, 19),
        sibling: () => require('node:fs').readFileSync(__dirname + '/../esm/index.mjs'),
        require: () => require(process.env.DATA + '/module.js'),
      }
      exports.handler = async () => Object.fromEntries(Object.entries(attempts).map(([name, attempt]) => {
        try { return [name, 'REACHED ' + attempt()] } catch (error) { return [name, error.code || error.name] }
      }))`,
    )
    write('module.js', 'module.exports = 1', data)
    write('reaches/function.json', JSON.stringify({ environment: { DATA: data } }))
  })

  test('files, other processes, threads, addons and the debugger are all refused', async () => {
    const reached = answerOf(await local.invoke(arn('reaches'), '{}', call)) as Record<string, string>
    const { allowed, ...others } = reached
    assert.match(allowed ?? '', /^REACHED \d+$/)
    assert.equal(Object.keys(others).length, 27)
    for (const [name, outcome] of Object.entries(others)) assert.doesNotMatch(outcome, /REACHED/, name)
    assert.equal(reached['read'], 'ERR_ACCESS_DENIED')
    assert.equal(reached['kill'], 'ERR_ACCESS_DENIED')
  })
})

describe('the setting', () => {
  const refused = (setting: unknown, sentence: RegExp) =>
    assert.throws(() => readFunctions(typeof setting === 'string' ? setting : JSON.stringify(setting), data), sentence)

  test('refuses what is missing, unknown or unsafe, naming the function', () => {
    refused('/no/such/folder', /there is no such folder/)
    refused('{ not json', /is no JSON: /)
    refused({ f: {} }, /f: must have a folder or a file/)
    refused({ f: { folder: '/no/such' } }, /there is no/)
    refused({ f: { folder, timeout: 3 } }, /'timeout' is none of folder, file/)
    refused({ f: { folder, handler: '../up.handler' } }, /handler must be like/)
    refused({ f: { folder, environment: { NODE_OPTIONS: '--allow-fs-read=*' } } }, /may not set NODE_/)
    refused({ f: { folder, memory: 1 } }, /memory must be/)
    refused({ f: { url: 'ftp://x', secret: 's' } }, /'url' must be an http or https URL/)
    refused({ f: { url: 'https://x' } }, /'secret' is missing/)
    refused({ f: { endpoint: 'http://localhost:3001' } }, /'accessKeyId' is missing/)
  })

  test('refuses a function whose folder holds the data folder', () => {
    refused({ f: { folder: dirname(data) } }, /holds the data folder/)
    refused({ f: { folder: data } }, /holds the data folder/)
  })

  test('finds by ARN before name, by alias before plain name, and * last', () => {
    const endpoint = { accessKeyId: 'a', secretAccessKey: 'b' }
    const row = (port: number) => ({ endpoint: `http://localhost:${port}`, ...endpoint })
    const find = readFunctions(JSON.stringify({ [arn('a')]: row(1), a: row(2), 'a:live': row(3), '*': row(4) }), data)
    const found = (...names: string[]) => (find(names) as { endpoint: string }).endpoint.slice(-1)
    assert.equal(found(arn('a'), 'a'), '1')
    assert.equal(found(`${arn('a')}:live`, 'a:live', arn('a'), 'a'), '3')
    assert.equal(found('a'), '2')
    assert.equal(found('b'), '4')
  })
})

/** Reads a request's body. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

async function serve(answer: (request: IncomingMessage, body: string, response: ServerResponse) => void) {
  const server: Server = createServer((request, response) => {
    void bodyOf(request).then((body) => answer(request, body, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('a function over HTTP', () => {
  let server: Awaited<ReturnType<typeof serve>>
  let http: ReturnType<typeof make>
  const seen: { headers: IncomingMessage['headers']; body: string }[] = []
  before(async () => {
    server = await serve(({ url, headers }, body, response) => {
      seen.push({ headers, body })
      if (url === '/ok') response.end(JSON.stringify({ got: JSON.parse(body) }))
      if (url === '/throws') response.writeHead(500).end('{"errorMessage":"No entry"}')
      if (url === '/down') response.writeHead(503).end('<html>')
      if (url === '/busy') response.writeHead(429).end()
      if (url === '/huge') response.end('x'.repeat(6 * 1024 * 1024 + 1))
      if (url === '/away') response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
    })
    const row = (path: string) => ({ url: `${server.url}${path}`, secret: 'shared' })
    const names = ['ok', 'throws', 'down', 'busy', 'huge', 'away', 'silent']
    http = make(JSON.stringify(Object.fromEntries(names.map((name) => [name, row(`/${name}`)]))))
  })
  after(() => server.close())

  test('is posted the event, signed with its time, and its answer comes back', async () => {
    assert.deepEqual(answerOf(await http.invoke(arn('ok'), '{"a":1}', call)), { got: { a: 1 } })
    const { headers, body } = seen.at(-1) as (typeof seen)[number]
    const signed = createHmac('sha256', 'shared').update(`${headers['x-poolhouse-timestamp']}.${body}`).digest('hex')
    assert.equal(headers['x-poolhouse-signature'], `sha256=${signed}`)
    assert.equal(headers['x-poolhouse-function'], arn('ok'))
    assert(Math.abs(Number(headers['x-poolhouse-timestamp']) - Date.now() / 1000) < 60)
  })

  test('throws, throttles, fails and is slow as a function is', async () => {
    assert.deepEqual(await http.invoke(arn('throws'), '{}', call), { outcome: 'failed', message: 'No entry' })
    assert.deepEqual(await http.invoke(arn('busy'), '{}', call), { outcome: 'throttled' })
    assert.equal((await http.invoke(arn('down'), '{}', call)).outcome, 'unavailable')
    assert.equal((await http.invoke(arn('away'), '{}', call)).outcome, 'unavailable')
    assert.match(failureOf(await http.invoke(arn('huge'), '{}', call)), /Response payload size exceeded/)
    assert.deepEqual(await http.invoke(arn('silent'), '{}', { ...call, timeoutMs: 50 }), { outcome: 'timed-out' })
  })
})

describe('a function behind an Invoke endpoint', () => {
  let server: Awaited<ReturnType<typeof serve>>
  let lambda: ReturnType<typeof make>
  const seen: { url: string | undefined; authorization: string | undefined }[] = []
  before(async () => {
    // Lambda's API as SAM local and other emulators serve it. AWS: Lambda API Reference, Invoke.
    server = await serve(({ url, headers }, body, response) => {
      seen.push({ url, authorization: headers.authorization })
      const name = /functions\/([^/]+)\/invocations/.exec(url ?? '')?.[1]
      const refuse = (status: number, type: string) =>
        response
          .writeHead(status, { 'x-amzn-errortype': type, 'content-type': 'application/json' })
          .end('{"Message":"no"}')
      if (name === 'ok') response.end(JSON.stringify({ got: JSON.parse(body) }))
      if (name === 'throws')
        response
          .writeHead(200, { 'x-amz-function-error': 'Unhandled' })
          .end('{"errorMessage":"No entry","errorType":"Error"}')
      if (name === 'busy') refuse(429, 'TooManyRequestsException')
      if (name === 'absent') refuse(404, 'ResourceNotFoundException')
      if (name === 'forbidden') refuse(403, 'AccessDeniedException')
      if (name === 'down') refuse(502, 'ServiceException')
    })
    lambda = make(
      JSON.stringify({
        '*': { endpoint: server.url, region: 'eu-west-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 's' },
      }),
    )
  })
  after(() => server.close())

  test('is asked as AWS is: by name and qualifier, signed for lambda', async () => {
    assert.deepEqual(answerOf(await lambda.invoke(`${arn('ok')}:live`, '{"a":1}', call)), { got: { a: 1 } })
    const { url, authorization } = seen.at(-1) as (typeof seen)[number]
    assert.equal(url, '/2015-03-31/functions/ok/invocations?Qualifier=live')
    assert.match(
      authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/lambda\/aws4_request/,
    )
  })

  test('throws, throttles, refuses and is slow in its own words', async () => {
    assert.deepEqual(await lambda.invoke(arn('throws'), '{}', call), { outcome: 'failed', message: 'No entry' })
    assert.deepEqual(await lambda.invoke(arn('busy'), '{}', call), { outcome: 'throttled' })
    const reason = async (name: string) => ((await lambda.invoke(arn(name), '{}', call)) as { reason?: string }).reason
    assert.equal(await reason('absent'), 'ResourceNotFoundException')
    assert.equal(await reason('forbidden'), 'AccessDeniedException')
    assert.equal(await reason('down'), 'ServiceException')
    assert.deepEqual(await lambda.invoke(arn('silent'), '{}', { ...call, timeoutMs: 100 }), { outcome: 'timed-out' })
    assert.equal(seen.filter(({ url }) => url?.includes('/busy/')).length, 1)
  })
})
