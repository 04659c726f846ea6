/** The story told from the terminal: it ends well against a good server, and says so when a server is not. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type OwnServer, startOwnServer } from '../../src/commands/demo/server.ts'
import { targetInFolder } from '../../src/commands/demo/target.ts'

const program = fileURLToPath(new URL('../../poolhouse.js', import.meta.url))

function demo(...args: string[]): Promise<{ status: number | null; said: string; complained: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, 'demo', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [said, complained] = ['', '']
    child.stdout.on('data', (bytes) => {
      said += bytes
    })
    child.stderr.on('data', (bytes) => {
      complained += bytes
    })
    child.once('close', (status) => resolve({ status, said, complained }))
  })
}

describe('the demo from the terminal', { timeout: 180_000 }, () => {
  test('starts a server of its own, tells every step as expected, and exits 0', async () => {
    const { status, said, complained } = await demo()
    assert.equal(status, 0, said + complained)
    assert.match(said, /All \d+ steps went as they should: \d+ allowed, \d+ refused\./)
    assert.doesNotMatch(said, /differs/)
    assert.doesNotMatch(said, /\x1b\[/)
  })

  describe('against a server that runs', () => {
    let server: OwnServer
    before(async () => {
      server = await startOwnServer(process.env)
    })
    after(() => server.stop())

    test('is told at its address, and at its data folder, as often as wanted', async () => {
      const { endpoint } = await targetInFolder(server.data)
      for (const args of [['--endpoint', endpoint], [`--data=${server.data}`]]) {
        const { status, said, complained } = await demo(...args)
        assert.equal(status, 0, said + complained)
      }
    })

    test('exits 1 and names the difference when something is allowed that must not be', async () => {
      const { endpoint } = await targetInFolder(server.data)
      // In front of the server stands one whose storage lets everybody in: a picture in another person's folder is given out.
      const lax = createServer((asked, answer) => {
        if (asked.method === 'GET' && asked.url?.includes('11111111-2222-4333')) return answer.end('a picture')
        if (asked.url === '/demo/config.json')
          return void fetch(`${endpoint}/demo/config.json`)
            .then((config) => config.text())
            .then((config) => answer.end(config.replaceAll(endpoint, address())))
        // The host header stays, since it is part of every signature.
        const passed = request(
          `${endpoint}${asked.url}`,
          { method: asked.method ?? 'GET', headers: asked.headers },
          (got) => {
            answer.writeHead(got.statusCode ?? 500, got.rawHeaders)
            got.pipe(answer)
          },
        )
        asked.pipe(passed)
      })
      const address = () => `http://localhost:${(lax.address() as AddressInfo).port}`
      await new Promise<void>((resolve) => lax.listen(0, '127.0.0.1', resolve))
      try {
        const { status, said } = await demo('--endpoint', address())
        assert.equal(status, 1, said)
        assert.match(
          said,
          /Read from another person’s folder {2}! differs\n +expected {2}refused: 403 AccessDenied\n +got {7}allowed/,
        )
        assert.match(said, /1 of \d+ steps differed:/)
      } finally {
        lax.close()
        lax.closeAllConnections()
      }
    })
  })

  test('exits 1 with a sentence where there is no demo workspace', async () => {
    const server = await startOwnServer(process.env, ['--no-demo'])
    try {
      for (const how of ['--data', '--endpoint']) {
        const { endpoint } = JSON.parse(readFileSync(`${server.data}/endpoints.json`, 'utf8')) as { endpoint: string }
        const { status, complained } = await demo(how, how === '--data' ? server.data : endpoint)
        assert.equal(status, 1)
        assert.match(complained, /Start (it )?with .*--demo/)
      }
    } finally {
      await server.stop()
    }
  })

  test('exits 1 with a sentence where nothing listens', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`
    await new Promise((resolve) => gone.close(resolve))
    const { status, complained } = await demo('--endpoint', address)
    assert.equal(status, 1)
    assert.match(complained, /^poolhouse: http:\S+\/demo\/config\.json cannot be reached: .*ECONNREFUSED/)
  })

  test('exits 2 and shows its flags when it is given others', async () => {
    const { status, complained } = await demo('--server', 'x')
    assert.equal(status, 2)
    assert.match(complained, /^Usage: poolhouse demo/)
  })
})
