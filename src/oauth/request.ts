/**
 * The authorization request: what an app asks when it sends a browser here. The pages carry its query along and read it
 * again each time, so that nothing rests on an earlier check. RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1; AWS:
 * "The redirect and authorization endpoint".
 */
import { findPushed, isDeviceRequest } from '../user-pools/authorizations/pushed.ts'
import type { Client } from '../user-pools/clients/client.ts'
import { findClient } from '../user-pools/clients/find.ts'
import { domainUrl } from '../user-pools/domains/domain.ts'
import { extensionsOf } from '../user-pools/oauth-extensions/extensions.ts'
import { stillDefined } from '../user-pools/resource-servers/scopes.ts'
import { type Parameters, readParameters } from './parameters.ts'
import { SentBack, show } from './refusals.ts'
import type { Site } from './site.ts'

export type OwnPage = '/account' | '/passkeys/add'

export type AuthorizationRequest = {
  readonly client: Client
  /** Where the browser goes afterwards: literally one of the client's. */
  readonly redirectUri: string
  /** As the request named it: a code is bound to it. */
  readonly namedUri: string | undefined
  readonly responseType: 'code' | 'token'
  readonly scope: string
  readonly state: string | undefined
  readonly nonce: string | undefined
  readonly challenge: string | undefined
  readonly resource: string | undefined
  readonly prompt: readonly string[]
  /** Seconds. */
  readonly maxAge: number | undefined
  readonly loginHint: string | undefined
  /** `identity_provider`: the name of one, or COGNITO. */
  readonly providerName: string | undefined
  /** `idp_identifier` */
  readonly providerIdentifier: string | undefined
  /** Names of authentication levels, best first. */
  readonly acrValues: string | undefined
  /** The thumbprint of the key that the tokens must be bound to. RFC 9449 10. */
  readonly jkt: string | undefined
  /** The address under which it was pushed: an answer uses it up. RFC 9126. */
  readonly pushedAs: string | undefined
  /** A page of ours that is wanted after the sign-in, before the app: whoever came to it signs in by a provider first. */
  readonly page: OwnPage | undefined
  /** It is no app's: somebody has typed this code of a device. RFC 8628. */
  readonly userCode: string | undefined
  /** The query as it came, for the next page. */
  readonly query: string
}

/**
 * First who asks and where an answer may go; whatever else is wrong is told the app itself. `pushed`: the request is
 * just being pushed, and so is not to be refused for not having been.
 */
export async function readRequest(site: Site, how?: 'pushed'): Promise<AuthorizationRequest> {
  const { query } = site.call
  const asked = readParameters(query)
  const client = await knownClient(site, asked)
  const uri = how === 'pushed' ? undefined : pushedName(asked)
  const pushed = uri === undefined ? undefined : await pushedUnder(site, client, uri)
  if (pushed && uri !== undefined && isDeviceRequest(uri)) return forDevice(site, client, pushed, uri)
  const given = pushed ?? asked
  const redirectUri = registeredUri(client, given)
  const responseType = given.get('response_type') === 'token' ? 'token' : 'code'
  const back: Back = { redirectUri, responseType, state: given.isRepeated('state') ? undefined : given.get('state') }
  if (given.repeated) sendBack(back, 'invalid_request')
  refuseDocuments(given, back)
  checkResponseType(client, given, back)
  await checkExtensions(site, client, back, pushed !== undefined || how === 'pushed')
  return {
    client,
    ...back,
    namedUri: given.get('redirect_uri'),
    scope: await readScope(site, client, given, back),
    nonce: given.get('nonce'),
    challenge: readChallenge(given, back),
    resource: readResource(given, back),
    prompt: readPrompt(given, back),
    maxAge: readMaxAge(given, back),
    loginHint: given.get('login_hint'),
    // Whoever comes by a button of our sign-in page has chosen beside what was pushed.
    providerName: given.get('identity_provider') ?? asked.get('identity_provider'),
    providerIdentifier: given.get('idp_identifier'),
    acrValues: given.get('acr_values'),
    jkt: readThumbprint(given, back),
    pushedAs: uri,
    page: readPage(asked),
    userCode: undefined,
    query,
  }
}

/** The address of a pushed request; one of the app's own site is another thing. */
function pushedName(asked: Parameters): string | undefined {
  const uri = asked.get('request_uri')
  return uri !== undefined && /^https?:/i.test(uri) ? undefined : uri
}

/** OpenID Connect Core 6: requests in documents are not read, and what is in them must not be lost in silence. */
function refuseDocuments(given: Parameters, back: Back): void {
  if (given.get('request') !== undefined) sendBack(back, 'request_not_supported')
  if (given.get('request_uri') !== undefined) sendBack(back, 'request_uri_not_supported')
}

/** RFC 9126 2.2: only what its own client has pushed, and in its time. Of the query beside it nothing counts. */
async function pushedUnder({ world, pool }: Site, client: Client, uri: string): Promise<Parameters> {
  const found = await findPushed(world, { pool, client }, uri)
  return found === undefined ? show('invalid_request_uri', client.id) : readParameters(found)
}

/** Where requests must be pushed or tokens bound, nothing goes past that: tokens in an address can be bound to no key. */
async function checkExtensions({ world }: Site, client: Client, back: Back, isPushed: boolean): Promise<void> {
  const { pushedRequests, dpop } = await extensionsOf(world, client)
  if (pushedRequests === 'required' && !isPushed) {
    sendBack(back, 'invalid_request', 'Pushed authorization request is required')
  }
  if (dpop === 'required' && back.responseType === 'token') sendBack(back, 'unauthorized_client')
}

/** What somebody has typed the code for: our own page is where the browser goes afterwards. */
function forDevice(
  { world, domain, call }: Site,
  client: Client,
  given: Parameters,
  uri: string,
): AuthorizationRequest {
  const nothing = {
    ...{ namedUri: undefined, state: undefined, nonce: undefined, challenge: undefined, resource: undefined },
    ...{ maxAge: undefined, loginHint: undefined, providerIdentifier: undefined },
    ...{ acrValues: undefined, jkt: undefined, page: undefined, prompt: [] },
  }
  return {
    ...nothing,
    client,
    providerName: readParameters(call.query).get('identity_provider'),
    redirectUri: `${domainUrl(world.settings, domain)}/device`,
    responseType: 'code',
    scope: given.get('scope') ?? '',
    pushedAs: uri,
    userCode: given.get('user_code'),
    query: call.query,
  }
}

const readPage = (asked: Parameters): OwnPage | undefined =>
  (['/account', '/passkeys/add'] as const).find((one) => one === asked.get('page'))

/** RFC 9449 10: base64url of SHA-256. */
function readThumbprint(given: Parameters, back: Back): string | undefined {
  const jkt = given.get('dpop_jkt')
  if (jkt !== undefined && !/^[\w-]{43}$/.test(jkt)) sendBack(back, 'invalid_request')
  return jkt
}

type Back = Pick<AuthorizationRequest, 'redirectUri' | 'responseType' | 'state'>

/** Puts parameters where the response type wants them: into the query for codes, into the fragment for tokens. */
export function backTo({ redirectUri, responseType, state }: Back, answer: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams(answer)
  if (state !== undefined) parameters.set('state', state)
  if (responseType === 'token') return `${redirectUri}#${parameters}`
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters}`
}

function sendBack(back: Back, error: string, description?: string): never {
  throw new SentBack(backTo(back, { ...(description !== undefined && { error_description: description }), error }))
}

export const refuseLogin = (request: AuthorizationRequest): never => sendBack(request, 'login_required')

async function knownClient({ world, pool }: Site, given: Parameters): Promise<Client> {
  const id = given.get('client_id')
  if (id === undefined || given.isRepeated('client_id')) return show('Required parameters missing')
  const found = id.length <= 128 ? await findClient(world, id) : undefined
  return found?.pool.id === pool.id ? found.client : show('Client does not exist')
}

/** Compared as text, character by character: no prefixes, patterns or normal forms. RFC 9700 4.1.3. */
function registeredUri({ id, settings }: Client, given: Parameters): string {
  const { CallbackURLs: registered = [], DefaultRedirectURI: usual } = settings
  if (given.isRepeated('redirect_uri')) show('redirect_mismatch', id)
  const named = given.get('redirect_uri')
  const [only, ...others] = registered
  const chosen = named ?? (others.length === 0 ? only : usual)
  if (chosen === undefined) return show('Required parameters missing')
  return registered.includes(chosen) ? chosen : show('redirect_mismatch', id)
}

const flows = { code: 'code', token: 'implicit' } as const

function checkResponseType({ settings }: Client, given: Parameters, back: Back): void {
  const type = given.get('response_type')
  if (type !== 'code' && type !== 'token') sendBack(back, 'invalid_request')
  const allowed =
    settings.AllowedOAuthFlowsUserPoolClient && settings.AllowedOAuthFlows?.includes(flows[back.responseType])
  if (!allowed) sendBack(back, 'unauthorized_client')
}

/**
 * The scopes asked for, or all of the client's. A scope that is not the client's is refused in the form that was seen of
 * AWS; one whose resource server is gone is dropped in silence.
 */
export async function readScope(
  { world, pool }: Site,
  { settings }: Client,
  given: Parameters,
  back: Back,
): Promise<string> {
  const allowed = settings.AllowedOAuthScopes ?? []
  const asked = given.get('scope')?.split(' ').filter(Boolean) ?? []
  const refused = () => sendBack(back, 'invalid_request', 'invalid_scope')
  if (asked.some((scope) => !allowed.includes(scope))) refused()
  if (asked.some((scope) => needOpenid.has(scope)) && !asked.includes('openid')) refused()
  const wanted = [...new Set(asked.length > 0 ? asked : allowed)]
  return (await stillDefined(world, pool.id, wanted)).join(' ')
}

const needOpenid: ReadonlySet<string> = new Set(['email', 'phone', 'profile'])

/** RFC 7636 4.2: SHA-256 in base64url is 43 characters. `plain` is refused. */
function readChallenge(given: Parameters, back: Back): string | undefined {
  const [challenge, method] = [given.get('code_challenge'), given.get('code_challenge_method')]
  if (challenge === undefined && method === undefined) return undefined
  if (challenge === undefined || method !== 'S256' || !/^[\w-]{43}$/.test(challenge)) sendBack(back, 'invalid_request')
  return challenge
}

/** RFC 8707. unproved: the error for a malformed one. */
function readResource(given: Parameters, back: Back): string | undefined {
  const resource = given.get('resource')
  if (resource === undefined) return undefined
  const url = URL.canParse(resource) ? new URL(resource) : undefined
  const plain = url?.protocol === 'http:' && url.hostname !== 'localhost'
  if (!url || plain || resource.includes('#') || resource.length > 1024) sendBack(back, 'invalid_request')
  return resource
}

/** AWS has it in managed login only; here the classic pages know it, too. `none` stands alone: OpenID Connect Core 3.1.2.1. */
function readPrompt(given: Parameters, back: Back): readonly string[] {
  const prompt = given.get('prompt')?.split(' ').filter(Boolean) ?? []
  if (prompt.includes('none') && prompt.length > 1) sendBack(back, 'invalid_request')
  return prompt
}

function readMaxAge(given: Parameters, back: Back): number | undefined {
  const text = given.get('max_age')
  if (text !== undefined && !/^\d{1,9}$/.test(text)) sendBack(back, 'invalid_request')
  return text === undefined ? undefined : Number(text)
}
