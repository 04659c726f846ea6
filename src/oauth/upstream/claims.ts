/** What an OpenID Connect or social provider says of its user, verified: ID token and user info. OpenID Connect Core 3.1.3.7, 5.3.2. */
import { verifyRemoteJwt } from '../../outbound/remote-issuers.ts'
import { readClaims } from '../../user-pools/federation/mapping.ts'
import type { Assertion, Text } from '../../user-pools/federation/provider.ts'
import type { World } from '../../world.ts'
import { askUserInfo, type Exchange, type Json, UpstreamError } from './exchange.ts'
import { peopleFields, readPeople } from './google-people.ts'
import { issuerNames } from './issuer-names.ts'
import { manners } from './oidc.ts'

/** How far the provider's clock may be from ours. */
const leewayMs = 60_000

type About = Pick<Exchange, 'provider' | 'details'> & {
  readonly nonce: string | undefined
  /** Seconds since its user last proved who they are, as the app wanted it. */
  readonly maxAge?: number | undefined
  /** What a provider posted beside the code: Apple's name of the user, which no one signed. */
  readonly posted?: string | undefined
}

/** The assertion of these tokens. */
export async function readAssertion(world: World, about: About, tokens: Json): Promise<Assertion> {
  const { provider, details } = about
  const manner = manners[provider.type as keyof typeof manners]
  const accessToken = String(tokens['access_token'])
  const idToken = manner.idToken ? await readIdToken(world, about, tokens['id_token']) : {}
  const userInfo = await userInfoOf(world, about, accessToken, idToken)
  // The ID token wins: it is signed. What was posted by way of the browser is believed in nothing but names.
  const claims = { ...readPosted(about.posted), ...userInfo, ...idToken }
  const subject = claims[(provider.mapping['username'] ?? 'sub') as keyof typeof claims]
  if (typeof subject !== 'string' && typeof subject !== 'number') {
    throw new UpstreamError('Bad user info response', `no ${provider.mapping['username']} among the claims`)
  }
  const texts = Object.entries(tokens).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  return {
    subject: String(subject),
    attributes: readClaims(claims),
    // AWS: null for social providers.
    issuer: provider.type === 'OIDC' ? details['oidc_issuer'] : undefined,
    tokens: Object.fromEntries(texts),
    // AWS: levels are OpenID Connect providers' only.
    ...(provider.type === 'OIDC' && howKnown(idToken)),
    said: { tokenResponse: asJson(tokens), idToken: asJson(idToken), userInfo: asJson(userInfo) },
  }
}

const howKnown = ({ acr, amr }: Json): Pick<Assertion, 'acr' | 'amr'> => ({
  ...(typeof acr === 'string' && { acr }),
  ...(Array.isArray(amr) && { amr: amr.filter((one) => typeof one === 'string') }),
})

/** It came out of JSON. */
const asJson = (claims: Json) =>
  claims as Extract<NonNullable<Assertion['said']>, { tokenResponse: unknown }>['idToken']

async function readIdToken(world: World, about: About, token: unknown): Promise<Json> {
  const { provider, details, nonce, maxAge } = about
  const issuer = details['oidc_issuer'] ?? ''
  if (typeof token !== 'string') throw new UpstreamError('Bad token response', 'token endpoint: no id_token')
  const read = await verifyRemoteJwt(
    world,
    {
      issuer,
      issuers: namesOf(provider, issuer),
      ...(details['jwks_uri'] !== undefined && { jwksUri: details['jwks_uri'] }),
      leewayMs,
    },
    token,
  )
  if ('refusal' in read) {
    const detail = 'detail' in read ? `: ${read.detail}` : ''
    const told = read.refusal === 'issuer' ? ` ${read.detail}` : ''
    throw new UpstreamError(`${refusals[read.refusal] ?? 'Bad id_token'}${told}`, `id_token: ${read.refusal}${detail}`)
  }
  checkReceiver(read.claims, details, nonce)
  checkAge(read.claims, maxAge, world.now())
  return read.claims
}

/** Google's older tokens name it without the scheme. */
const namesOf = ({ type }: About['provider'], issuer: string): readonly string[] =>
  type === 'Google' ? [issuer, issuer.replace(/^https?:\/\//, '')] : issuerNames(issuer)

/** unproved: AWS's words, but about the time-out and the issuer, whose name it adds. */
const refusals: Readonly<Record<string, string>> = {
  unavailable: 'Timeout in calling jwks uri',
  issuer: 'Bad id_token issuer',
  expired: 'Expired id_token',
  signature: 'Bad id_token signature',
}

/** OpenID Connect Core 3.1.3.7: for us, asked by us, and in answer to this very request. */
function checkReceiver(claims: Json, { client_id: id }: Text, nonce: string | undefined): void {
  const { aud, azp } = claims
  const audience = Array.isArray(aud) ? aud : [aud]
  if (!audience.includes(id) || (azp !== undefined && azp !== id) || (audience.length > 1 && azp === undefined)) {
    throw new UpstreamError('Bad id_token audience', 'id_token: for somebody else')
  }
  if (nonce !== undefined && claims['nonce'] !== nonce)
    throw new UpstreamError('Bad id_token nonce', 'id_token: another nonce')
}

/** Core 3.1.3.7, number 13: a provider that has not heard the wish for a fresh sign-in is not believed to have had one. */
function checkAge({ auth_time: at }: Json, maxAge: number | undefined, now: number): void {
  if (maxAge === undefined || typeof at !== 'number') return
  if (now - at * 1000 > maxAge * 1000 + leewayMs) throw new UpstreamError('Bad id_token auth_time', 'id_token: too old')
}

async function userInfoOf(world: World, about: About, accessToken: string, idToken: Json): Promise<Json> {
  const { provider, details } = about
  const wanted = [...new Set(Object.values(provider.mapping))]
  if (provider.type === 'Google') {
    const fields = peopleFields(wanted)
    return fields.length > 0 ? readPeople(await askUserInfo(world, about, accessToken, fields), fields) : {}
  }
  if (details['attributes_url'] === undefined) return {}
  const claims = await askUserInfo(
    world,
    about,
    accessToken,
    wanted.filter((claim) => !isToken.has(claim)),
  )
  // Core 5.3.2: it must be about the same person. Wrappers of what is no OpenID Connect name them here only, as AWS lets them.
  if (provider.type === 'OIDC' && claims['sub'] !== (idToken['sub'] ?? claims['sub'])) {
    throw new UpstreamError('Bad user info response', 'userInfo: another sub than in the id_token')
  }
  return claims
}

const isToken: ReadonlySet<string> = new Set(['access_token', 'id_token', 'refresh_token'])

/** Apple posts `user`, once: `{ "name": { "firstName", "lastName" }, "email" }`. The address is in the ID token, signed. */
function readPosted(user: string | undefined): Json {
  try {
    const { name = {} } = JSON.parse(user ?? '{}') as { name?: { firstName?: unknown; lastName?: unknown } }
    const { firstName, lastName } = name
    const texts = [firstName, lastName].filter((part) => typeof part === 'string' && part.length <= 256)
    return {
      ...(typeof firstName === 'string' && { firstName }),
      ...(typeof lastName === 'string' && { lastName }),
      ...(texts.length > 0 && { name: texts.join(' ') }),
    }
  } catch {
    return {}
  }
}
