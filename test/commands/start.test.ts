/** `poolhouse start` as an operator meets it: what production demands, what development never does, and the sentences in between. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import {
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  ListUserPoolsCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { SMTPServer } from 'smtp-server'
import { clientsFor } from '../support/server.ts'

type Started = { output(): string; child: ChildProcess; ended: Promise<number | null> }

const folders: string[] = []
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-start-'))
  folders.push(folder)
  return folder
}

/** Runs the program with nothing of ours in its environment but what is given. */
function run(args: string[], environment: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, ['poolhouse.js', ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  child.stdout.on('data', (part) => (output += part))
  child.stderr.on('data', (part) => (output += part))
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return code as number | null
  })
  return { output: () => output, child, ended }
}

async function refused(args: string[], environment: Record<string, string>, sentence: RegExp) {
  const { output, ended } = run(args, environment)
  assert.equal(await ended, 1)
  assert.match(output(), sentence)
  assert.doesNotMatch(output(), /\n\s+at /, 'a stack trace')
}

/** Starts it and waits until it says that it is ready. */
async function ready(data: string, args: string[], environment: Record<string, string> = {}) {
  const started = run(['start', '--port', '0', '--data', data, '--log-level', 'warn', ...args], environment)
  while (!started.output().includes('Poolhouse is ready')) {
    const over = await Promise.race([
      started.ended.then(() => true),
      once(started.child.stdout as NonNullable<ChildProcess['stdout']>, 'data'),
    ])
    if (over === true) throw new Error(started.output())
  }
  const facts = JSON.parse(readFileSync(join(data, 'endpoints.json'), 'utf8'))
  return {
    ...started,
    facts,
    clients: clientsFor(facts.endpoint, facts),
    async stop() {
      started.child.kill('SIGTERM')
      return started.ended
    },
  }
}

const key = { POOLHOUSE_MASTER_KEY: randomBytes(32).toString('hex') }

describe('in production', () => {
  test('a start without a master key is refused, and told how to make one', () =>
    refused(
      ['start', '--port', '0', '--data', freshFolder()],
      {},
      /POOLHOUSE_MASTER_KEY is not set .*openssl rand -hex 32/,
    ))

  test('a fixed code is refused', () =>
    refused(['start', '--dev-code', '123456', '--data', freshFolder()], key, /--dev-code works only with --dev/))

  test('root keys are made once, kept private, and the known ones do not exist', async () => {
    const data = freshFolder()
    const first = await ready(data, [], key)
    assert.match(first.facts.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
    assert.equal(statSync(join(data, 'endpoints.json')).mode & 0o777, 0o600)
    assert.equal(statSync(join(data, 'access-keys.json')).mode & 0o777, 0o600)
    await first.clients.idp.send(new ListUserPoolsCommand({ MaxResults: 1 }))
    const known = clientsFor(first.facts.endpoint, { accessKeyId: 'test', secretAccessKey: 'test' })
    await assert.rejects(known.idp.send(new ListUserPoolsCommand({ MaxResults: 1 })), {
      name: 'UnrecognizedClientException',
    })
    for (const path of ['/mailbox', '/mailbox/messages', '/demo'])
      assert.notEqual((await fetch(first.facts.endpoint + path)).status, 200, path)
    assert.equal(first.facts.demo, undefined)
    assert.equal(await first.stop(), 0)
    const second = await ready(data, [], key)
    assert.equal(second.facts.accessKeyId, first.facts.accessKeyId)
    assert.equal(await second.stop(), 0)
  })

  test('another master key than the one the database was sealed with is refused', async () => {
    const data = freshFolder()
    assert.equal(await (await ready(data, [], key)).stop(), 0)
    await refused(
      ['start', '--port', '0', '--data', data],
      { POOLHOUSE_MASTER_KEY: randomBytes(32).toString('hex') },
      /The master key is not the one this database was sealed with/,
    )
  })

  test('a code leaves by SMTP, from the sender that was set', async () => {
    const mails: string[] = []
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      async onData(stream, _, done) {
        const parts: Buffer[] = []
        for await (const part of stream) parts.push(part as Buffer)
        mails.push(Buffer.concat(parts).toString())
        done()
      },
    })
    smtp.listen(0, '127.0.0.1')
    await once(smtp.server, 'listening')
    const port = (smtp.server.address() as AddressInfo).port
    const server = await ready(freshFolder(), ['--mail-from', 'pool@example.com'], {
      ...key,
      POOLHOUSE_SMTP_URL: `smtp://127.0.0.1:${port}`,
    })
    const { idp } = server.clients
    const { UserPool } = await idp.send(
      new CreateUserPoolCommand({ PoolName: 'mail', AutoVerifiedAttributes: ['email'] }),
    )
    const { UserPoolClient } = await idp.send(
      new CreateUserPoolClientCommand({ UserPoolId: UserPool?.Id, ClientName: 'web' }),
    )
    await idp.send(
      new SignUpCommand({
        ClientId: UserPoolClient?.ClientId,
        Username: 'ann',
        Password: 'Correct-horse-7',
        UserAttributes: [{ Name: 'email', Value: 'ann@example.com' }],
      }),
    )
    assert.equal(mails.length, 1)
    assert.match(mails[0] ?? '', /^From: pool@example\.com\r$/m)
    assert.match(mails[0] ?? '', /^To: ann@example\.com\r$/m)
    assert.match(mails[0] ?? '', /Your verification code is \d{6}/)
    assert.equal(await server.stop(), 0)
    await new Promise<void>((resolve) => smtp.close(resolve))
  })
})

describe('in development', () => {
  test('it binds to loopback only', () =>
    refused(['start', '--dev', '--host', '0.0.0.0', '--data', freshFolder()], {}, /--dev binds to loopback only/))

  test('it makes the demo workspace once and names the same one after a restart', async () => {
    const data = freshFolder()
    const first = await ready(data, ['--dev'])
    assert.match(first.facts.demo.userPoolId, /^us-east-1_\w{9}$/)
    assert.equal((await fetch(first.facts.mailbox)).status, 200)
    assert.equal(await first.stop(), 0)
    const second = await ready(data, ['--dev'])
    const moved = { app: '', domain: '' }
    assert.deepEqual({ ...second.facts.demo, ...moved }, { ...first.facts.demo, ...moved })
    assert.match(second.facts.demo.domain, /^photo-app\.auth\.localhost:\d+$/)
    assert.equal(await second.stop(), 0)
  })

  test('a fixed code is the code that is sent', async () => {
    const server = await ready(freshFolder(), ['--dev', '--dev-code', '424242'])
    const { idp } = server.clients
    await idp.send(
      new SignUpCommand({
        ClientId: server.facts.demo.clientId,
        Username: 'eve@example.com',
        Password: 'Correct-horse-7',
      }),
    )
    const messages = await (await fetch(`${server.facts.mailbox}/messages?to=eve@example.com`)).json()
    assert.equal(messages[0].code, '424242')
    assert.equal(await server.stop(), 0)
  })
})

describe('a start that cannot be', () => {
  test('names the taken port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await refused(
      ['start', '--dev', '--port', String(port), '--data', freshFolder()],
      {},
      new RegExp(`Port ${port} is in use.* --port`),
    )
    other.close()
  })

  test('names a setting that does not exist, and one that cannot be read', async () => {
    await refused(['start', '--prot', '1'], {}, /There is no setting --prot/)
    await refused(['start', '--port', 'many'], {}, /--port: 'many' is not a port/)
    await refused(['start'], { POOLHOUSE_DATABASE_URL: 'mysql://x' }, /must begin with postgres:\/\//)
  })

  test('points to the command that lists the settings, and every command says its usage', async () => {
    await refused(['start', '--prot', '1'], {}, /`poolhouse settings` lists them all/)
    const commands = ['start', 'demo', 'sender-key', 'breached-passwords', 'trust', 'explain', 'lint', 'settings']
    for (const command of commands) {
      const { output, ended } = run([command, '--help'])
      assert.equal(await ended, 0, command)
      assert.match(output(), new RegExp(`^Usage: poolhouse ${command}`))
    }
  })

  test('names the data folder that is none, and the database that does not answer, without a stack', async () => {
    const file = join(freshFolder(), 'file')
    writeFileSync(file, '')
    await refused(
      ['start', '--dev', '--port', '0', '--data', file],
      {},
      /^poolhouse: The data folder .*file cannot be used .* --data\.$/m,
    )
    const none = /^poolhouse: The data folder \/proc\/none\/here cannot be used .* --data\.$/m
    for (const command of ['start', 'trust'])
      if (existsSync('/proc')) await refused([command, '--data', '/proc/none/here', '--dev'], { ...key }, none)
    await refused(
      ['start', '--dev', '--port', '0', '--data', freshFolder(), '--database-url', 'postgres://u:p@127.0.0.1:1/x'],
      {},
      /^poolhouse: PostgreSQL cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:1$/m,
    )
  })

  const spoiled: Record<string, [file: string, content: string, sentence: RegExp]> = {
    'a master key': ['master.key', 'ab', /master\.key does not hold a master key, .* Put it back from your copy\.$/m],
    'access keys': ['access-keys.json', '{', /access-keys\.json: is no JSON: /],
    'no access key': ['access-keys.json', '{}', /access-keys\.json: must hold an access key\. Delete the file/],
    'an access key without its secret': [
      'access-keys.json',
      '{"AKIA":1}',
      /access-keys\.json: 'AKIA' must be a text\./,
    ],
    'a database': [
      'poolhouse.db',
      'x'.repeat(5_000),
      /poolhouse\.db cannot be opened \(file is not a database\)\. .* backup/,
    ],
    'a lock': ['lock.db', 'x'.repeat(5_000), /lock\.db holds nothing: delete it\.$/m],
  }
  for (const [what, [file, content, sentence]] of Object.entries(spoiled))
    test(`names the file of a data folder that holds ${what} and cannot be read, and leaves it as it is`, async () => {
      const data = freshFolder()
      writeFileSync(join(data, file), content)
      await refused(['start', '--port', '0', '--data', data], file === 'master.key' ? {} : key, sentence)
      assert.equal(readFileSync(join(data, file), 'utf8'), content)
    })

  test('says how an address is written that is none', async () => {
    const databases = ['postgres://u:p#1@localhost/x', 'postgres://localhost:99999/x']
    for (const POOLHOUSE_DATABASE_URL of databases)
      await refused(['start'], { ...key, POOLHOUSE_DATABASE_URL }, /^poolhouse: --database-url: It is no URL\. .* %23 /)
    await refused(
      ['start'],
      { ...key, POOLHOUSE_SMTP_URL: 'smtp://:99999' },
      /POOLHOUSE_SMTP_URL: The SMTP URL must be/,
    )
    const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
    await refused(['explain', 'id', '--endpoint', 'localhost:1'], keys, /'localhost:1' is not an http or https URL/)
    await refused(['explain', '--endpoint', 'localhost:1', 'id'], keys, /'localhost:1' is not an http or https URL/)
    await refused(['demo', '--endpoint', 'localhost:1'], {}, /'localhost:1' is not an http or https URL/)
  })

  test('of other commands name the folder that lacks what they need, and make nothing there', async () => {
    const data = freshFolder()
    await refused(['sender-key', 'k', '--dev', '--data', data], {}, /master\.key does not exist/)
    await refused(['trust', '--remove', '--data', data], {}, /has no authority, .* --data\.$/m)
    await refused(['demo', '--data', data], {}, /There is no .*endpoints\.json: a server writes it/)
    assert.deepEqual(readdirSync(data), [])
    writeFileSync(join(data, 'local-ca.pem'), 'x')
    await refused(['trust', '--print', '--data', data], {}, /local-ca\.pem is no authority .* Delete it/)
  })

  test('names the member that is mistyped, rather than the one that is missing for it', () =>
    refused(
      [
        'start',
        '--dev',
        '--port',
        '0',
        '--data',
        freshFolder(),
        '--upstreams',
        '{"s3":[{"match":"*","endpont":"aws"}]}',
      ],
      {},
      /--upstreams: s3\[0\]\.endpont is not known here; there are match, endpoint, /,
    ))

  test('says which version it is', async () => {
    const { output, ended } = run(['--version'])
    assert.equal(await ended, 0)
    assert.equal(output(), `${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`)
  })

  test('of a command that takes no words says so', async () => {
    const { output, ended } = run(['settings', 'port'])
    assert.equal(await ended, 2)
    assert.equal(output(), 'Usage: poolhouse settings\n')
  })

  test('of a command that does not exist lists those that do', async () => {
    const { output, ended } = run(['strat'])
    assert.equal(await ended, 2)
    assert.match(output(), /there is no command 'strat'.*start +serve/s)
  })
})
