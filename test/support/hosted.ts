/** A pool with a domain and an OAuth client, and a browser without scripts: cookies, forms and redirects one at a time. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import {
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  type CreateUserPoolCommandInput,
  CreateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { makePool, password, type TestPool } from './people.ts'
import type { TestServer } from './server.ts'

export const callback = 'https://app.example/callback'

export type OAuthClient = { readonly id: string; readonly secret: string | undefined }

export type HostedPool = TestPool & {
  /** The domain in the path form. */
  readonly url: string
  readonly domain: string
  readonly client: OAuthClient
  addOAuthClient(settings?: Partial<CreateUserPoolClientCommandInput>): Promise<OAuthClient>
}

export async function makeHosted(
  server: TestServer,
  settings: Partial<CreateUserPoolClientCommandInput> = {},
  poolSettings: Partial<CreateUserPoolCommandInput> = {},
): Promise<HostedPool> {
  const pool = await makePool(server, poolSettings)
  const { idp } = server.clients
  const domain = `d${randomBytes(6).toString('hex')}`
  await idp.send(new CreateUserPoolDomainCommand({ UserPoolId: pool.id, Domain: domain }))
  const addOAuthClient: HostedPool['addOAuthClient'] = async (more = {}) => {
    const { UserPoolClient: made } = await idp.send(
      new CreateUserPoolClientCommand({
        UserPoolId: pool.id,
        ClientName: 'web',
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
        CallbackURLs: [callback],
        LogoutURLs: ['https://app.example/bye'],
        ...more,
      }),
    )
    return { id: made?.ClientId ?? assert.fail('no client'), secret: made?.ClientSecret }
  }
  const client = await addOAuthClient(settings)
  return { ...pool, domain, url: `${server.endpoint}/domains/${domain}`, client, addOAuthClient }
}

/** `fetch` for names below `localhost`, which not every machine's resolver knows. Redirects are handed over. */
export const fetchHere: typeof fetch = async (input, init = {}) => {
  const wanted = new Request(input, init)
  const url = new URL(wanted.url)
  const body = Buffer.from(await wanted.arrayBuffer())
  return new Promise((resolve, reject) => {
    const headers = { ...Object.fromEntries(wanted.headers), host: url.host, 'content-length': body.length }
    const path = `${url.pathname}${url.search}`
    const sent = httpRequest({ host: '127.0.0.1', port: url.port, method: wanted.method, path, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        const { statusCode: status = 500, rawHeaders } = answer
        const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, i): [string, string] => [
          rawHeaders[2 * i] ?? '',
          rawHeaders[2 * i + 1] ?? '',
        ])
        const empty = status === 204 || status === 304
        resolve(new Response(empty ? null : Buffer.concat(parts), { status, headers: pairs }))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

export const makeVerifier = (): string => randomBytes(32).toString('base64url')
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

/** The query of an authorization request. */
export const requestOf = (
  { client }: Pick<HostedPool, 'client'>,
  more: Record<string, string | undefined> = {},
): string =>
  new URLSearchParams(
    Object.entries({
      client_id: client.id,
      response_type: 'code',
      redirect_uri: callback,
      scope: 'openid email',
      state: 'the-state',
      ...more,
    }).filter((pair): pair is [string, string] => pair[1] !== undefined),
  ).toString()

export type Seen = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly location: string
}

/** A browser that runs no scripts. Redirects are handed over, not followed. */
export function openVisitor() {
  const jar = new Map<string, string>()
  async function go(url: string, init: RequestInit = {}): Promise<Seen> {
    const headers = new Headers(init.headers)
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const answer = await fetchHere(url, { ...init, headers })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/Max-Age=0(;|$)/.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const { status } = answer
    return {
      status,
      headers: answer.headers,
      text: await answer.text(),
      location: answer.headers.get('location') ?? '',
    }
  }
  /** Fills in the form of a page and sends it. */
  async function send(page: Seen, at: string, fields: Record<string, string>, which = 0): Promise<Seen> {
    const form = [...page.text.matchAll(/<form method="post" action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)][which]
    const hidden = [...(form?.[2] ?? '').matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)]
    const known = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
    if (known['_csrf'] === undefined) assert.fail(`no form: ${page.text}`)
    const action = new URL((form?.[1] ?? '').replaceAll('&amp;', '&'), at).href
    return go(action, { method: 'POST', body: new URLSearchParams({ ...known, ...fields }) })
  }
  return {
    jar,
    go,
    send,
    /** Signs in by the page and answers where the browser is sent. */
    async signIn(pool: HostedPool, query: string, username: string, pass = password): Promise<Seen> {
      const first = await go(`${pool.url}/oauth2/authorize?${query}`)
      const at = new URL(first.location, pool.url).href
      const page = await go(at)
      return send(page, at, { username, password: pass })
    },
  }
}

export type Visitor = ReturnType<typeof openVisitor>

/** The code in the address that a browser was sent to. */
export const codeIn = (seen: Seen): string =>
  new URL(seen.location).searchParams.get('code') ?? assert.fail(seen.location)

export type Told = { readonly status: number; readonly headers: Headers; readonly body: Record<string, string> }

export async function ask(
  url: string,
  form: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<Told> {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : {} }
}

export const basic = ({ id, secret }: OAuthClient, wrong?: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${wrong ?? secret}`).toString('base64')}`,
})

/** Redeems a code for a public client, or with what is given besides. */
export const redeem = (pool: HostedPool, code: string, more: Record<string, string> = {}): Promise<Told> =>
  ask(`${pool.url}/oauth2/token`, {
    grant_type: 'authorization_code',
    client_id: pool.client.id,
    redirect_uri: callback,
    code,
    ...more,
  })
