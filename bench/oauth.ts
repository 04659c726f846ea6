/** Hosted login: a sign-in through the endpoints, and what apps and machines ask of them. */
import {
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { clientsFor } from '../test/support/server.ts'
import { madeOf } from './ceilings.ts'
import { drive, encode, good, type Load, openLane, type Reply, type Wire } from './load.ts'
import type { Bench, Scenario } from './scenario.ts'
import { password, root } from './workspace.ts'

const lanes = 16
const callback = 'https://app.example/callback'
const scope = 'openid email aws.cognito.signin.user.admin'

type Hosted = { readonly base: string; readonly web: string; readonly machine: string }

const made = new Map<string, Promise<Hosted>>()

/** A domain for the pool of people, a client for a browser's app and one for a machine: made once for each pool. */
function hostedOf({ port, workspace: { people } }: Bench): Promise<Hosted> {
  const known = made.get(people.poolId) ?? makeHosted(`http://127.0.0.1:${port}`, people.poolId)
  made.set(people.poolId, known)
  return known
}

async function makeHosted(endpoint: string, UserPoolId: string): Promise<Hosted> {
  const clients = clientsFor(endpoint, root)
  const { idp } = clients
  await idp.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'bench' }))
  const Scopes = [{ ScopeName: 'read', ScopeDescription: 'Read' }]
  await idp.send(new CreateResourceServerCommand({ UserPoolId, Identifier: 'bench', Name: 'Bench', Scopes }))
  const add = async (more: Partial<CreateUserPoolClientCommandInput>) => {
    const wanted = { UserPoolId, ClientName: 'hosted', AllowedOAuthFlowsUserPoolClient: true, ...more }
    const { UserPoolClient } = await idp.send(new CreateUserPoolClientCommand(wanted))
    return { id: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret ?? '' }
  }
  const web = await add({
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: scope.split(' '),
    CallbackURLs: [callback],
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
  })
  const machine = await add({
    GenerateSecret: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: ['bench/read'],
  })
  for (const client of Object.values(clients)) client.destroy()
  const proof = Buffer.from(`${machine.id}:${machine.secret}`).toString('base64')
  return { base: '/domains/bench', web: web.id, machine: `Basic ${proof}` }
}

const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Wire =>
  encode(
    'POST',
    path,
    { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    new URLSearchParams(fields).toString(),
  )

const found = (text: string, pattern: RegExp): string => {
  const [, value] = pattern.exec(text) ?? []
  if (value === undefined) throw new Error(`${pattern} is not in: ${text.slice(0, 500)}`)
  return value
}
const cookiesOf = ({ head }: Reply): string =>
  [...head.matchAll(/\r\nset-cookie: ([^;]+)/gi)].map((match) => match[1]).join('; ')

type Ask = (request: Wire) => Promise<Reply>
type Issued = { access_token: string; refresh_token: string }

/** The page, its form, the code, the tokens: what one person's sign-in costs. */
async function signIn(ask: Ask, { base, web }: Hosted, username: string): Promise<Issued> {
  const asked = { client_id: web, response_type: 'code', redirect_uri: callback, scope, state: 's' }
  const path = `${base}/login?${new URLSearchParams(asked)}`
  const page = await ask(encode('GET', path, {}))
  const fields = {
    _csrf: found(page.body, /name="_csrf" value="([^"]+)"/),
    _state: found(page.body, /name="_state" value="([^"]*)"/),
    username,
    password,
  }
  const done = await ask(form(path, fields, { cookie: cookiesOf(page) }))
  const code = found(done.head, /\r\nlocation: [^\r]*[?&]code=([\w-]+)/i)
  const grant = { grant_type: 'authorization_code', client_id: web, redirect_uri: callback, code }
  return good<Issued>(await ask(form(`${base}/oauth2/token`, grant)))
}

const nameFor = (names: readonly string[], lane: number, turn: number) =>
  names[(lane + lanes * (turn % Math.floor(names.length / lanes))) % names.length] ?? ''

/** One signed-in person for each lane. */
async function signedIn(bench: Bench, hosted: Hosted): Promise<Issued[]> {
  const lane = await openLane(bench.port)
  const all: Issued[] = []
  for (const name of bench.workspace.people.names.slice(0, lanes)) all.push(await signIn(lane.ask, hosted, name))
  lane.close()
  return all
}

async function refreshes(bench: Bench): Promise<Load> {
  const hosted = await hostedOf(bench)
  const tokens = (await signedIn(bench, hosted)).map(({ refresh_token }) => refresh_token)
  return bench.timed(() =>
    drive(bench.port, { lanes, seconds: bench.seconds }, async (ask, lane) => {
      const grant = { grant_type: 'refresh_token', client_id: hosted.web, refresh_token: tokens[lane] ?? '' }
      tokens[lane] = good<Issued>(await ask(form(`${hosted.base}/oauth2/token`, grant))).refresh_token
    }),
  )
}

export const oauthScenarios: readonly Scenario[] = [
  {
    name: 'authorization-code sign-in (page, form, token)',
    floor: 60,
    ceiling: { name: '1 hash + 2 signatures', of: (all) => madeOf(all, { hashes: 1, signatures: 2 }) },
    async run(bench) {
      const hosted = await hostedOf(bench)
      const { names } = bench.workspace.people
      return bench.timed(() =>
        drive(bench.port, { lanes, seconds: bench.seconds }, async (ask, lane, turn) => {
          await signIn(ask, hosted, nameFor(names, lane, turn))
        }),
      )
    },
  },
  {
    name: 'refresh with rotation at /oauth2/token',
    floor: 500,
    ceiling: { name: '2 signatures', of: (all) => madeOf(all, { signatures: 2 }) },
    run: refreshes,
  },
  {
    name: 'client credentials',
    floor: 600,
    aim: 1_234,
    ceiling: { name: '1 signature', of: (all) => madeOf(all, { signatures: 1 }) },
    async run(bench) {
      const { base, machine } = await hostedOf(bench)
      const request = form(`${base}/oauth2/token`, { grant_type: 'client_credentials' }, { authorization: machine })
      return bench.timed(() =>
        drive(bench.port, { lanes, seconds: bench.seconds }, async (ask) => {
          good(await ask(request))
        }),
      )
    },
  },
  {
    name: 'userInfo',
    floor: 3_000,
    aim: 8_000,
    ceiling: { name: 'node:http JSON answer', of: (all) => all.answers.perCpuSecond },
    async run(bench) {
      const hosted = await hostedOf(bench)
      const requests = (await signedIn(bench, hosted)).map(({ access_token }) =>
        encode('GET', `${hosted.base}/oauth2/userInfo`, { authorization: `Bearer ${access_token}` }),
      )
      return bench.timed(() =>
        drive(bench.port, { lanes, seconds: bench.seconds }, async (ask, lane) => {
          good(await ask(requests[lane]!))
        }),
      )
    },
  },
]
