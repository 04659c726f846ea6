/**
 * Access tokens of Facebook and Amazon, which say nothing by themselves: each is shown to its provider, which says whose
 * it is and of which app. Facebook: Graph API, "App", "User"; Login with Amazon: Developer Guide, "Verifying access tokens".
 */
import type { Claims } from '../../protocols/jwt.ts'
import type { Fetched, World } from '../../world.ts'
import { type ApiProvider, apiOf } from './addresses.ts'

export type Shown =
  /** `sub` and `aud`, under the names that an ID token would have. */
  | { readonly claims: Claims & { readonly sub: string; readonly aud: string } }
  /** `rejected`: the provider does not know the token; `status` is what it answered. */
  | { readonly refusal: 'rejected' | 'unavailable'; readonly status?: number }

type Answers = readonly Readonly<Record<string, unknown>>[]

type Row = {
  requests(token: string): readonly { path: string; headers?: Readonly<Record<string, string>> }[]
  /** Whose the token is, of which app, and what more may be known. */
  read(answers: Answers): { sub: unknown; aud: unknown; more?: Claims }
}

const providers: Readonly<Record<ApiProvider, Row>> = {
  // The token travels in a header: addresses are logged.
  'graph.facebook.com': {
    requests(token) {
      const headers = { authorization: `Bearer ${token}` }
      return [
        { path: '/me?fields=id', headers },
        { path: '/app?fields=id', headers },
      ]
    },
    read: ([user, app]) => ({ sub: user?.['id'], aud: app?.['id'] }),
  },
  'www.amazon.com': {
    requests: (token) => [{ path: `/auth/o2/tokeninfo?${new URLSearchParams({ access_token: token })}` }],
    read: ([info]) => ({ sub: info?.['user_id'], aud: info?.['aud'], more: { user_id: info?.['user_id'] } }),
  },
}

function readObject({ body }: Fetched): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(body.toString('utf8'))
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Asks the provider about the token. Who knows it too little to say both whose and of which app has refused it. */
export async function showToken(world: World, provider: ApiProvider, token: string): Promise<Shown> {
  const { requests, read } = providers[provider]
  try {
    const answers = await Promise.all(
      requests(token).map(({ path, headers }) =>
        world.fetch(`${apiOf(world.settings, provider)}${path}`, {
          headers: { accept: 'application/json', ...headers },
          timeoutMs: 5_000,
          mostBytes: 65_536,
        }),
      ),
    )
    const broken = answers.find(({ status }) => status !== 200)
    if (broken) return { refusal: broken.status >= 500 ? 'unavailable' : 'rejected', status: broken.status }
    const { sub, aud, more } = read(answers.map(readObject))
    if (typeof sub !== 'string' || typeof aud !== 'string' || sub === '' || aud === '') return { refusal: 'rejected' }
    return { claims: { iss: provider, sub, aud, ...more } }
  } catch (error) {
    world.log.warn({ provider, err: error }, 'a login provider cannot be asked')
    return { refusal: 'unavailable' }
  }
}
