/** From a code, or a refresh token, to a session: the token endpoint, the ID token, the user-info endpoint. RFC 6749 4.1.3, 6; OpenID Connect Core 3.1.3, 5.3. */
import { FetchError } from '../../outbound/guarded-fetch.ts'
import type { Call } from '../../wire/http.ts'
import type { Fetched, World } from '../../world.ts'
import { type Reason, SignInError } from './failure.ts'
import type { Provider } from './provider.ts'
import { isTooLarge, type Session } from './session.ts'
import type { Rule } from './settings.ts'

type Asked = { readonly world: World; readonly rule: Rule; readonly provider: Provider; readonly call: Call }

/** RFC 6749 2.3.1: both are form-encoded before they are joined. */
const formEncoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)

/** unproved: that the load balancer identifies itself by Basic. */
const clientHeaders = ({ clientId, clientSecret }: Provider): Record<string, string> =>
  clientSecret === undefined
    ? {}
    : {
        authorization: `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')}`,
      }

async function reach(
  asking: Promise<Fetched>,
  { failed, timeout }: { failed: Reason; timeout: Reason },
): Promise<Fetched> {
  try {
    return await asking
  } catch (error) {
    if (!(error instanceof FetchError)) throw error
    throw new SignInError(500, error.reason === 'timed-out' ? timeout : failed, error.message)
  }
}

function readObject({ body }: Fetched, reason: Reason): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(body.toString('utf8'))
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as Record<string, unknown>
  } catch {
    // told below
  }
  throw new SignInError(500, reason, 'no JSON object')
}

type TokenAnswer = {
  readonly accessToken: string
  readonly idToken: string | undefined
  readonly refreshToken: string | undefined
  /** Epoch milliseconds. */
  readonly accessUntil: number
}

/** unproved: a provider that does not say how long its token lives is taken to mean an hour. */
const usualSeconds = 3_600

async function askTokens({ world, provider, call }: Asked, form: Record<string, string>): Promise<TokenAnswer> {
  const body = new URLSearchParams(form)
  if (provider.clientSecret === undefined) body.set('client_id', provider.clientId)
  const answer = await reach(provider.token(body, clientHeaders(provider), call), {
    failed: 'AuthTokenEpRequestFailed',
    timeout: 'AuthTokenEpRequestTimeout',
  })
  if (answer.status !== 200) {
    const refused = answer.status >= 400 && answer.status < 500
    const said = answer.body.toString('utf8').slice(0, 300)
    if (refused && said.includes('invalid_grant')) throw new SignInError(401, 'AuthInvalidGrantError', said)
    throw new SignInError(500, 'AuthTokenEpRequestFailed', `${answer.status} ${said}`)
  }
  const { access_token, id_token, refresh_token, expires_in } = readObject(answer, 'AuthInvalidTokenResponse')
  const seconds = Number(expires_in ?? usualSeconds)
  // It becomes a header.
  if (typeof access_token !== 'string' || !/^[\x21-\x7e]+$/.test(access_token) || !(seconds > 0))
    throw new SignInError(500, 'AuthInvalidTokenResponse', 'no usable access_token')
  return {
    accessToken: access_token,
    idToken: typeof id_token === 'string' ? id_token : undefined,
    refreshToken: typeof refresh_token === 'string' && refresh_token !== '' ? refresh_token : undefined,
    accessUntil: world.now() + seconds * 1000,
  }
}

async function askUserInfo({ provider, call }: Asked, accessToken: string): Promise<Session['claims']> {
  const answer = await reach(provider.userInfo({ authorization: `Bearer ${accessToken}` }, call), {
    failed: 'AuthUserinfoEpRequestFailed',
    timeout: 'AuthUserinfoEpRequestTimeout',
  })
  if (answer.status !== 200) throw new SignInError(500, 'AuthUserinfoEpRequestFailed', String(answer.status))
  const claims = readObject(answer, 'AuthInvalidUserinfoResponse')
  const { sub } = claims
  if (typeof sub !== 'string' || sub === '') throw new SignInError(500, 'AuthInvalidUserinfoResponse', 'no sub')
  return { ...claims, sub }
}

const checkSize = <Part extends Pick<Session, 'claims' | 'accessToken'>>(session: Part): Part => {
  if (isTooLarge(session)) throw new SignInError(500, 'AuthUserinfoResponseSizeExceeded')
  return session
}

/** Redeems a code. `nonce` is what the ID token must carry. Refuses with a SignInError. */
export async function redeemCode(
  asked: Asked,
  { code, redirectUri, nonce }: { code: string; redirectUri: string; nonce: string },
): Promise<Session> {
  const { world, rule, provider } = asked
  const tokens = await askTokens(asked, { grant_type: 'authorization_code', code, redirect_uri: redirectUri })
  const wantsId = rule.Scope.split(' ').includes('openid')
  const id = tokens.idToken === undefined ? undefined : await provider.readIdToken(tokens.idToken)
  if (wantsId && (id === undefined || id['nonce'] !== nonce))
    throw new SignInError(401, 'AuthInvalidIdToken', tokens.idToken === undefined ? 'missing' : 'not believed')
  const claims = await askUserInfo(asked, tokens.accessToken)
  // OpenID Connect Core 5.3.2: else somebody else's claims could be slipped in.
  if (id !== undefined && id['sub'] !== claims.sub)
    throw new SignInError(500, 'AuthInvalidUserinfoResponse', 'another sub than in the ID token')
  const { accessToken, refreshToken, accessUntil } = tokens
  return checkSize({
    issuer: provider.issuer,
    ...{ claims, accessToken, accessUntil },
    ...(refreshToken !== undefined && { refreshToken }),
    endsAt: world.now() + rule.timeout,
  })
}

/** Goes on with a session whose access token has expired: same end, new token, new claims. Refuses with a SignInError. */
export async function refreshSession(asked: Asked, session: Session & { refreshToken: string }): Promise<Session> {
  const tokens = await askTokens(asked, { grant_type: 'refresh_token', refresh_token: session.refreshToken })
  const claims = await askUserInfo(asked, tokens.accessToken)
  if (claims.sub !== session.claims.sub) throw new SignInError(500, 'AuthInvalidUserinfoResponse', 'another user')
  const { accessToken, accessUntil, refreshToken = session.refreshToken } = tokens
  return checkSize({ ...session, claims, accessToken, accessUntil, refreshToken })
}
