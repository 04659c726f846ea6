/** The reverse proxy before a test server: its file in a folder of its own, requests as raw as a test wants them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProxySettings } from '../../src/gateway/proxy/settings.ts'
import { type ReverseProxy, startProxy } from '../../src/gateway/proxy.ts'
import type { Answer, Call } from '../../src/wire/http.ts'
import type { World } from '../../src/world.ts'

export type TestProxy = ReverseProxy & {
  readonly port: number
  readonly file: string
  /** Writes the file anew and has it read. */
  change(settings: Partial<ProxySettings>): Promise<void>
}

/** On a free port, unless the settings name listeners. */
export async function startTestProxy(world: World, settings: Partial<ProxySettings>): Promise<TestProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-proxy-'))
  const file = join(folder, 'proxy.json')
  const write = (more: Partial<ProxySettings>) =>
    writeFileSync(file, JSON.stringify({ listeners: [{ host: '127.0.0.1', port: 0 }], ...settings, ...more }))
  write({})
  // Loaded where pools of ours are asked only.
  let app: ((call: Call) => Promise<Answer>) | undefined
  const proxy = await startProxy(world, file, async (call) => {
    app ??= (await import('../../src/app.ts')).createApp(world)
    return app(call)
  })
  return {
    ...proxy,
    get ports() {
      return proxy.ports
    },
    port: proxy.ports[0] ?? 0,
    file,
    async change(more) {
      write(more)
      await proxy.reload()
    },
    async close() {
      await proxy.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Seen = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Upstream = { readonly port: number; readonly url: string; readonly seen: Seen[]; close(): Promise<void> }

/** An HTTP server that remembers what it was asked; it answers `ok` unless told otherwise. */
export async function startUpstream(
  answer: (request: IncomingMessage, response: ServerResponse, seen: Seen) => void = (_, response) =>
    response.end('ok'),
): Promise<Upstream & { readonly server: Server }> {
  const seen: Seen[] = []
  const server = createServer({ maxHeaderSize: 131_072 }, (incoming, response) => {
    let body = ''
    incoming.setEncoding('utf8')
    incoming.on('data', (part) => (body += part))
    incoming.on('error', () => {})
    incoming.on('end', () => {
      const { method = '', url = '' } = incoming
      const one = { method, url, headers: incoming.headers as Record<string, string>, body }
      seen.push(one)
      answer(incoming, response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...{ port, url: `http://127.0.0.1:${port}`, seen, server },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

export type Told = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly cookies: readonly string[]
  readonly text: string
}

/** One request on a connection of its own, with any Host; redirects are handed over. */
export function tell(
  port: number,
  path = '/',
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part) => (text += part))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          cookies: answer.headers['set-cookie'] ?? [],
          text,
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** What is said to these bytes until the connection is closed, or until `enough`. */
export function say(port: number, bytes: string | Buffer, enough = /$^/): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    const done = () => {
      socket.destroy()
      resolve(heard)
    }
    socket.setEncoding('latin1')
    socket.on('error', done)
    socket.on('close', done)
    socket.on('data', (text) => {
      heard += text
      if (enough.test(heard)) done()
    })
    socket.write(bytes)
  })
}
