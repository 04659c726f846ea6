/** The parts that both payloads of a function have in common: how bodies, times, queries and signers are told. */
import type { APIGatewayEventIdentity } from 'aws-lambda'
import type { Caller } from '../../wire/caller.ts'
import type { Call } from '../../wire/http.ts'
import { readQuery } from '../../wire/sigv4-canonical.ts'
import type { ApiRoute, Authorized } from './authorized.ts'

/** Everything an event is made of. */
export type Asked = {
  readonly call: Call
  readonly route: ApiRoute
  readonly authorized: Authorized | undefined
  readonly body: Buffer
  readonly account: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** AWS: "HTTP API, binary media types": these are text, whatever else is Base64. */
const textual =
  /^(text\/.*|application\/(json|javascript|xml)|.*\+(json|xml)|application\/x-www-form-urlencoded)\s*(;|$)/i

/** unproved: forms are text in payload 1.0, as REST APIs have them, and Base64 in 2.0. */
export function bodyOf({ call, body }: Asked, payload: '1.0' | '2.0'): { body: string; isBase64Encoded: boolean } {
  const type = call.headers['content-type'] ?? ''
  const form = /^application\/x-www-form-urlencoded/i.test(type)
  const isText = (textual.test(type) && !(form && payload === '2.0')) || type === ''
  return isText && !call.headers['content-encoding']
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `12/Mar/2020:19:03:58 +0000`. */
export function logTime(ms: number): string {
  const [year = '', month = '', rest = ''] = new Date(ms).toISOString().split('-')
  return `${rest.slice(0, 2)}/${months[Number(month) - 1]}/${year}:${rest.slice(3, 11)} +0000`
}

const utf8 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8')

/** Decoded names with all their values, in the order received. */
export function queryOf({ query }: Pick<Call, 'query'>): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [name, value] of readQuery(query)) {
    const key = utf8(name)
    found.set(key, [...(found.get(key) ?? []), utf8(value)])
  }
  return found
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const parametersOf = ({ route }: Asked): Record<string, string> =>
  Object.fromEntries(Object.entries(route.parameters).map(([name, value]) => [name, decoded(value)]))

/** Of `photos.example.com:8443`: the name, and its first label. */
export function domainOf({ headers }: Pick<Call, 'headers'>): { domainName: string; domainPrefix: string } {
  const domainName = (headers['host'] ?? '').toLowerCase().replace(/:\d*$/, '')
  return { domainName, domainPrefix: domainName.split('.')[0] ?? '' }
}

type Cognito = { readonly identityId: string; readonly identityPoolId: string; readonly amr: readonly string[] }

/** The identity of an identity pool whose credentials signed. */
export function cognitoOf({ context }: Caller): Cognito | undefined {
  const read = (name: string) => context[`cognito-identity.amazonaws.com:${name}`]
  const [identityId, identityPoolId] = [read('sub'), read('aud')]
  if (typeof identityId !== 'string' || typeof identityPoolId !== 'string') return undefined
  return { identityId, identityPoolId, amr: [read('amr') ?? []].flat() }
}

/** `requestContext.identity` of payload 1.0; what is not known is null. */
export function identityOf({ call, authorized }: Asked): APIGatewayEventIdentity {
  const caller = authorized?.kind === 'iam' ? authorized.caller : undefined
  const cognito = caller && cognitoOf(caller)
  const [kind = null, ...providers] = cognito?.amr ?? []
  return {
    accessKey: caller?.accessKeyId ?? null,
    accountId: caller?.account ?? null,
    apiKey: null,
    apiKeyId: null,
    caller: caller?.userId ?? null,
    clientCert: null,
    cognitoAuthenticationProvider: providers.length > 0 ? providers.join(',') : null,
    cognitoAuthenticationType: kind,
    cognitoIdentityId: cognito?.identityId ?? null,
    cognitoIdentityPoolId: cognito?.identityPoolId ?? null,
    principalOrgId: null,
    sourceIp: call.address,
    user: caller?.userId ?? null,
    userAgent: call.headers['user-agent'] ?? null,
    userArn: caller?.arn ?? null,
  }
}
