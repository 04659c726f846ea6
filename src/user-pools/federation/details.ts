/** Which ProviderDetails a provider may have, and what follows from them. AWS: API_CreateIdentityProvider, ProviderDetails. */
import { discover, IssuerError } from '../../outbound/remote-issuers.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { completeSamlDetails } from '../saml/details.ts'
import { isLinkingPolicy, linkingPolicies } from './linking-policy.ts'
import { checkNonce } from './nonce.ts'
import type { ProviderType, Text } from './provider.ts'
import { isSocial, social } from './social.ts'

const refuse = (message: string): never => fail('InvalidParameterException', message)

type About = { readonly poolId: string; readonly name: string; readonly type: ProviderType }

/** Checks what was sent; answers it with what follows from it: discovered addresses, bindings of SAML metadata. */
export async function completeDetails(world: World, about: About, sent: Text): Promise<Text> {
  const policy = sent['linking_policy']
  if (policy !== undefined && !isLinkingPolicy(policy)) {
    refuse(`linking_policy must be one of ${linkingPolicies.join(', ')}.`)
  }
  const { type } = about
  if (isSocial(type)) return completeSocial(type, sent)
  return type === 'SAML' ? completeSamlDetails(world, about, sent) : completeOidc(world, sent)
}

/** Endpoints come from the table, so what is sent of them is dropped: a secret goes nowhere else. */
function completeSocial(type: keyof typeof social, sent: Text): Text {
  const { needed, described } = social[type]
  if (needed.some((name) => !sent[name])) {
    refuse(
      type === 'SignInWithApple'
        ? 'clientId, privateKey, teamId, and keyId are all required idp details.'
        : 'clientId, clientSecret and authorizeScopes are all required idp details.',
    )
  }
  if (type === 'SignInWithApple') checkKey(sent['private_key'] ?? '')
  return Object.fromEntries(
    Object.entries(sent).filter(([name]) => !Object.hasOwn(described, name) && name !== 'attributes_url'),
  )
}

/** The body of Apple's .p8 file, with or without its frame, is base64. unproved: the sentence. */
function checkKey(key: string): void {
  const body = key.replace(/-----(BEGIN|END) PRIVATE KEY-----/g, '').replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]{100,}={0,2}$/.test(body)) refuse('The private key of Sign in with Apple is not a PKCS #8 key.')
}

const oidcUrls = ['authorize_url', 'token_url', 'attributes_url', 'jwks_uri'] as const

/** Over TLS, as AWS demands; in development a provider of this machine may do without. */
function checkUrl({ settings }: World, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const safe = url?.protocol === 'https:' || (settings.dev && url?.protocol === 'http:')
  if (!safe) refuse('OIDC endpoint must start with https://')
  if (url?.username || url?.password || url?.hash) refuse('Invalid OIDC endpoint.')
}

async function completeOidc(world: World, sent: Text): Promise<Text> {
  const { client_id, authorize_scopes, oidc_issuer: issuer, attributes_request_method: method } = sent
  if (!client_id || !authorize_scopes || !issuer || !method) {
    return refuse('clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.')
  }
  // unproved: the sentences of these two.
  if (method !== 'GET' && method !== 'POST') refuse('attributes_request_method must be GET or POST.')
  checkNonce(sent)
  if (!authorize_scopes.split(' ').includes('openid')) refuse('authorize_scopes must contain openid.')
  const urls = oidcUrls.flatMap((name) => sent[name] ?? [])
  for (const url of [issuer, ...urls]) checkUrl(world, url)
  if (issuer.endsWith('/')) refuse('oidc_issuer must not end with a slash.')
  const found = urls.length === oidcUrls.length ? {} : await discovered(world, issuer)
  for (const url of Object.values(found)) checkUrl(world, url)
  return { ...found, attributes_url_add_attributes: 'false', ...sent }
}

async function discovered(world: World, issuer: string): Promise<Text> {
  try {
    const document = await discover(world, issuer)
    const named: Record<(typeof oidcUrls)[number], unknown> = {
      authorize_url: document.authorization_endpoint,
      token_url: document.token_endpoint,
      attributes_url: document.userinfo_endpoint,
      jwks_uri: document.jwks_uri,
    }
    return Object.fromEntries(
      Object.entries(named).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    )
  } catch (error) {
    if (!(error instanceof IssuerError)) throw error
    // The sentence is that of reports.
    return fail('InvalidParameterException', 'Unable to contact well-known endpoint', { detail: error.message })
  }
}

const secrets = ['client_secret', 'private_key'] as const
/** Whatever of these changes, the secret was not given for it. */
const receivers = ['client_id', 'oidc_issuer', 'token_url', 'team_id', 'key_id', 'attributes_url', 'jwks_uri'] as const

/**
 * The details of an update. A secret that is left out stays, as long as nobody else would be shown it: where the
 * receiver changes, the secret must come along. unproved: the sentence; AWS's own rule is not known.
 */
export async function updateDetails(world: World, about: About, before: Text, sent: Text): Promise<Text> {
  const kept = secrets.filter((name) => before[name] !== undefined && sent[name] === undefined)
  const secret = Object.fromEntries(kept.map((name) => [name, before[name] as string]))
  const after = await completeDetails(world, about, { ...sent, ...secret })
  const moved = receivers.find((name) => after[name] !== before[name])
  if (kept.length > 0 && moved !== undefined) {
    refuse(`${kept.join(' and ')} must be given again when ${moved} changes.`)
  }
  return after
}
