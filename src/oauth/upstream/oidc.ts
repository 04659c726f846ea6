/** Sends a browser to an OpenID Connect or social provider. RFC 6749 4.1.1, RFC 7636, OpenID Connect Core 3.1.2.1. */
import { createHash } from 'node:crypto'
import { sendsNonce } from '../../user-pools/federation/nonce.ts'
import type { IdentityProvider, ProviderType } from '../../user-pools/federation/provider.ts'
import { detailsInUse } from '../../user-pools/federation/social.ts'
import type { Pool } from '../../user-pools/pools/pool.ts'
import { levelsNamed } from '../../user-pools/tokens/levels.ts'
import type { Answer } from '../../wire/http.ts'
import { redirect } from '../refusals.ts'
import type { AuthorizationRequest } from '../request.ts'
import type { Site } from '../site.ts'
import { refuseFederation } from './finish.ts'
import { beginState, siteUrl } from './state.ts'

export const callbackPath = '/oauth2/idpresponse'

type Manner = {
  /** It answers with an ID token. */
  readonly idToken: boolean
  /** AWS sends none; who knows no PKCE ignores it (RFC 6749 3.1), and it ends code injection where it is known. */
  readonly pkce: boolean
}

export const manners: Readonly<Record<Exclude<ProviderType, 'SAML'>, Manner>> = {
  OIDC: { idToken: true, pkce: true },
  Google: { idToken: true, pkce: true },
  SignInWithApple: { idToken: true, pkce: false },
  Facebook: { idToken: false, pkce: false },
  LoginWithAmazon: { idToken: false, pkce: true },
}

/** Apple: "response_mode must be form_post if you request any scopes". */
const postsForm = (type: ProviderType, scope: string) => type === 'SignInWithApple' && scope.trim() !== ''

/** The prompts that make sense there. */
const forwardedPrompts: ReadonlySet<string> = new Set(['login', 'select_account', 'consent'])

export async function startOidc(
  site: Site,
  request: AuthorizationRequest,
  provider: IdentityProvider,
): Promise<Answer> {
  const { world } = site
  const details = detailsInUse(world.settings, provider)
  const { idToken, pkce } = manners[provider.type as keyof typeof manners]
  const { authorize_url: address = '', client_id: clientId = '', authorize_scopes: scope = '' } = details
  if (!URL.canParse(address)) {
    world.log.warn({ pool: provider.poolId, provider: provider.name }, 'the provider has no authorization endpoint')
    return refuseFederation(request, 'server_error', 'The identity provider cannot be reached.')
  }
  const nonce = idToken && sendsNonce(provider) ? world.random(24).toString('base64url') : undefined
  const verifier = pkce ? world.random(32).toString('base64url') : undefined
  const redirectUri = siteUrl(site) + callbackPath
  const { state, cookies } = await beginState(site, request, provider, { nonce, verifier, redirectUri })
  const url = new URL(address)
  const parameters: Record<string, string | undefined> = {
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    response_type: 'code',
    state,
    nonce,
    code_challenge: verifier && createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: verifier && 'S256',
    response_mode: postsForm(provider.type, scope) ? 'form_post' : undefined,
    ...(provider.type === 'OIDC' && wishes(site.pool, request, provider)),
  }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return redirect(url.href, 302, cookies)
}

/** What the app asked and the provider is asked in turn. AWS forwards these. */
function wishes(
  pool: Pool,
  { acrValues = '', prompt, loginHint, maxAge }: AuthorizationRequest,
  { acr }: IdentityProvider,
): Record<string, string> {
  const levels = translate(pool, acrValues, acr)
  const prompts = prompt.filter((one) => forwardedPrompts.has(one)).join(' ')
  return {
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
    ...(levels && { acr_values: levels }),
    ...(prompts && { prompt: prompts }),
  }
}

/** AWS: the pool's names of levels become the provider's, by its AcrMapping; what has no name there is not asked. */
const translate = (pool: Pool, values: string, acr: IdentityProvider['acr']): string =>
  Object.keys(acr).length === 0
    ? values
    : levelsNamed(pool, values)
        .flatMap((level) => acr[`Level${level}`] ?? [])
        .join(' ')
