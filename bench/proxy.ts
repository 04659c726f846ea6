/** The proxy before an upstream in a process of its own: by a token, by a session's cookie, and without it for comparison. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { sealSession } from '../src/gateway/load-balancer/session.ts'
import { ruleOf } from '../src/gateway/load-balancer/settings.ts'
import { createSeal } from '../src/protocols/seal.ts'
import { drive, encode, good, host, type Reply } from './load.ts'
import type { Scenario } from './scenario.ts'
import type { Workspace } from './workspace.ts'

export type ProxyBench = {
  readonly file: string
  readonly port: number
  readonly upstreamPort: number
  /** Routes for the pool that was made; answers when they are in force. */
  point(workspace: Workspace, issuer: string): Promise<void>
  close(): void
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function prepareProxy(folder: string): Promise<ProxyBench> {
  const file = join(folder, 'proxy.json')
  const port = await freePort()
  const child: ChildProcess = fork(new URL('./plain-server.ts', import.meta.url))
  const [upstreamPort] = (await once(child, 'message')) as [number]
  const write = (routes: readonly object[]) => {
    const upstreams = { app: { targets: [`http://127.0.0.1:${upstreamPort}`] } }
    writeFileSync(`${file}.new`, JSON.stringify({ listeners: [{ host: '127.0.0.1', port }], upstreams, routes }))
    renameSync(`${file}.new`, file)
  }
  const forward = { type: 'forward', upstream: 'app' }
  write([{ actions: [forward] }])
  return {
    ...{ file, port, upstreamPort },
    async point({ people }, issuer) {
      write([
        { path: '/plain', actions: [forward] },
        {
          path: '/jwt',
          actions: [
            { type: 'jwt', JwtConfiguration: { Issuer: `${issuer}/${people.poolId}`, Audience: [people.clientId] } },
            forward,
          ],
        },
        { path: '/session', actions: [signInOf(people), forward] },
        { actions: [{ type: 'fixed-response', status: 203 }] },
      ])
      while ((await fetch(`http://127.0.0.1:${port}/`)).status !== 203) await new Promise((go) => setTimeout(go, 20))
    },
    close: () => child.kill(),
  }
}

const signInOf = ({ poolId, clientId }: Workspace['people']) =>
  ({
    type: 'authenticate-cognito',
    UserPoolArn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${poolId}`,
    UserPoolClientId: clientId,
    UserPoolDomain: 'bench',
  }) as const

/** The cookies of somebody signed in, made by the key that the server has. */
function cookieOf({ people, signedIn: [person] }: Workspace, masterKey: string): string {
  const now = () => Date.now()
  const rule = ruleOf(signInOf(people))
  const session = {
    issuer: 'http://bench.localhost',
    claims: { sub: 'somebody', email: 'person0@example.com', email_verified: 'true', username: 'person0' },
    accessToken: person?.accessToken ?? '',
    accessUntil: now() + 3_600_000,
    endsAt: now() + 86_400_000,
  }
  const sealed = sealSession({ seal: createSeal(Buffer.from(masterKey, 'hex')), now }, rule, host, session)
  return `${rule.SessionCookieName}-0=${sealed}`
}

/** For comparison: nginx asking somebody else whether a request may pass. Its CPU time is its own, without the check's. */
export const nginxScenario: Scenario = {
  name: 'for comparison: nginx, sub-request check',
  floor: 0,
  ceiling: { name: 'node:http JSON answer', of: (ceilings) => ceilings.answers.perCpuSecond },
  run: ({ seconds, port, workspace: { signedIn }, timed }) => {
    const requests = signedIn.map(({ accessToken }) => encode('GET', '/', { authorization: `Bearer ${accessToken}` }))
    return timed(() =>
      drive(port, { lanes: 16, seconds }, async (ask, _, turn) =>
        answered(await ask(requests[turn % requests.length]!)),
      ),
    )
  },
}

const answered = (reply: Reply) => void good(reply)

/** CPU time is the proxy's alone. */
export function proxyScenarios(proxy: ProxyBench, masterKey: string): readonly Scenario[] {
  const scenario = (
    name: string,
    path: string,
    headers: (workspace: Workspace) => Record<string, string>[],
  ): Scenario => ({
    name,
    floor: 8_000,
    aim: 12_000,
    ceiling: { name: 'node:http JSON answer', of: (ceilings) => ceilings.answers.perCpuSecond },
    run: ({ seconds, workspace, timed }) => {
      const requests = headers(workspace).map((one) => encode('GET', path, one))
      return timed(() =>
        drive(proxy.port, { lanes: 16, seconds }, async (ask, _, turn) =>
          answered(await ask(requests[turn % requests.length]!)),
        ),
      )
    },
  })
  return [
    scenario('proxy, nothing checked', '/plain', () => [{}]),
    scenario('proxy, JWT checked', '/jwt', ({ signedIn }) =>
      signedIn.map(({ accessToken }) => ({ authorization: `Bearer ${accessToken}` })),
    ),
    scenario('proxy, session cookie', '/session', (workspace) => [{ cookie: cookieOf(workspace, masterKey) }]),
  ]
}
