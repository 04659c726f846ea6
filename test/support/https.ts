/** The product on a port that speaks HTTP and HTTPS, and what a client needs to believe it. */
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuthority } from '../../src/local-https/authority.ts'
import { createAppBehind } from '../../src/local-https/both-schemes.ts'
import { localTls } from '../../src/local-https/local.ts'
import { listen } from '../../src/server.ts'
import type { Settings } from '../../src/world.ts'
import { clientsFor, type TestServer } from './server.ts'
import { testWorld } from './world.ts'

export type HttpsServer = Pick<TestServer, 'endpoint' | 'world' | 'clients' | 'close'> & {
  readonly port: number
  /** `https://localhost:<port>`. */
  readonly secure: string
  /** The authority's certificate, PEM. */
  readonly ca: string
  /** The authority's key as Chromium names it: `--ignore-certificate-errors-spki-list`. */
  readonly spki: string
}

export async function startHttpsServer(): Promise<HttpsServer> {
  const world = await testWorld()
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-ca-'))
  const { certificate: ca } = openAuthority(folder)
  const tls = localTls(folder, world.log)
  // The address is known once it listens, and every request comes after that.
  let app: ReturnType<typeof createAppBehind> | undefined
  const listener = await listen((call) => app?.(call) ?? Promise.reject(), 0, '127.0.0.1', undefined, tls)
  const endpoint = `http://localhost:${listener.port}`
  Object.assign(world.settings as { -readonly [K in keyof Settings]: Settings[K] }, {
    publicUrl: endpoint,
    issuer: endpoint,
  })
  app = createAppBehind(world, tls)
  const clients = clientsFor(endpoint, { accessKeyId: 'test', secretAccessKey: 'test' })
  const spki = new X509Certificate(ca).publicKey.export({ type: 'spki', format: 'der' })
  return {
    ...{ endpoint, world, clients, ca, port: listener.port },
    secure: `https://localhost:${listener.port}`,
    spki: createHash('sha256').update(spki).digest('base64'),
    async close() {
      for (const client of Object.values(clients)) client.destroy()
      await listener.close()
      await world.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Reached = { readonly status: number; readonly headers: Record<string, unknown>; readonly text: string }

/** One HTTPS request that believes this authority alone. Names below `localhost` are found without a resolver. */
export const reach = (url: string, ca: string, headers: Record<string, string> = {}): Promise<Reached> =>
  new Promise((resolve, reject) => {
    const { hostname, port, pathname, search, host } = new URL(url)
    const options = {
      ...{
        ca,
        port,
        ...(isIP(hostname) === 0 && { servername: hostname }),
        agent: false,
        path: `${pathname}${search}`,
      },
      host: '127.0.0.1',
      headers: { host, ...headers },
    }
    const sent = request(options, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(parts).toString(),
        }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
