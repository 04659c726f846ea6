/**
 * APIs behind the gateway, by IAM: signed for `execute-api`, allowed by method and path, passed on. An API is asked as
 * `<api>.execute-api.<host>/<stage>/…` or `/_aws/execute-api/<api>/<stage>/…`. AWS: API Gateway Developer Guide,
 * "Control access to a REST API with IAM permissions".
 */
import { deniedMessage } from '../iam/policy/message.ts'
import { AwsError, denialHeaders } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import { percentDecode } from '../wire/sigv4-canonical.ts'
import type { UpstreamServer, World } from '../world.ts'
import { readingsOf } from './api-authorizers/path-readings.ts'
import { restRefusal } from './api-authorizers/refusals.ts'
import { judge, readAsking } from './forward/asking.ts'
import { isSignature, pass, passAnswer, passedHeaders } from './forward/pass.ts'
import { findUpstream } from './forward/upstreams.ts'
import { isReserved, spelledPlain } from './reserved-headers.ts'

/** AWS: "Amazon API Gateway quotas", payload size. */
const mostBytes = 10 * 1024 * 1024

type Place = {
  readonly api: string /** From the stage on, with a slash before it, still encoded. */
  readonly path: string
}

const hostPattern = /^([a-z0-9-]{1,64})\.execute-api\./i
const pathPattern = /^\/_aws\/execute-api\/([a-z0-9-]{1,64})(\/.*)$/i

function placeOf({ headers, path }: Pick<Call, 'headers' | 'path'>): Place | undefined {
  const host = hostPattern.exec(headers['host'] ?? '')?.[1]
  if (host !== undefined) return { api: host.toLowerCase(), path }
  const [, api, rest] = pathPattern.exec(path) ?? []
  return api === undefined || rest === undefined ? undefined : { api: api.toLowerCase(), path: rest }
}

export const isApiCall = (call: Call): boolean => placeOf(call) !== undefined

/** The path as policies see it; undefined where another reader could take it for another path. */
function readPath(path: string): string | undefined {
  try {
    const text = decodeURIComponent(path)
    const segments = text.slice(1).split('/')
    const odd = segments.some((one, at) => one === '.' || one === '..' || (one === '' && at < segments.length - 1))
    const hidden = /%(?:2f|5c|00)/i.test(path) || /[\\\0-\x1f]/.test(text) || /%(?:2e|2f)/i.test(text)
    return odd || hidden ? undefined : text
  } catch {
    return undefined
  }
}

export const refuseApi = (call: Call, { status = 403, message, code }: AwsError): Answer =>
  restRefusal(call, status, message, code)

const forbidden = (call: Call) => restRefusal(call, 403, 'Forbidden', 'ForbiddenException')

export async function answerApi(world: World, call: Call, note: (operation: string) => void): Promise<Answer> {
  note('execute-api:Invoke')
  const place = placeOf(call) as Place
  const server = findUpstream(world.settings.upstreams, 'execute-api', place.api)
  const path = readPath(place.path)
  // AWS says no more to who asks for an API that is not there; an operator whose row is missing should learn it somewhere.
  if (!server)
    world.log.info({ requestId: call.id, api: place.api }, 'No server is set up for this API. See --upstreams.')
  if (!server || path === undefined) return forbidden(call)
  try {
    // A browser asks before it signs: who may ask is the API's own rule.
    if (call.method === 'OPTIONS') return await passOn(world, call, { ...server, keys: undefined }, place)
    return await authorised(world, call, server, place, path)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return refuseApi(call, error)
  }
}

async function authorised(
  world: World,
  call: Call,
  server: UpstreamServer,
  place: Place,
  path: string,
): Promise<Answer> {
  const asking = await readAsking(world, call, { service: 'execute-api', style: 'rest-json', mostBytes })
  const { account } = world.settings
  const action = 'execute-api:Invoke'
  const owned = `arn:aws:execute-api:${asking.region}:${account}:${place.api}`
  for (const one of readingsOf(path)) {
    const [, stage = '', ...rest] = one.split('/')
    const wanted = { action, resource: `${owned}/${stage}/${call.method}/${rest.join('/')}` }
    const { verdict, resource } = await judge(asking, wanted, true)
    if (verdict.allowed) continue
    const refusal = restRefusal(call, 403, null, 'AccessDeniedException')
    const shown = resource.replace(`:${account}:`, `:********${account.slice(-4)}:`)
    const told = denialHeaders({ explanation: verdict.explain(), encoded: verdict.encode() }, world.settings.dev)
    const Message = deniedMessage(asking.caller.arn, action, shown, verdict)
    return { ...refusal, headers: { ...refusal.headers, ...told }, body: JSON.stringify({ Message }) }
  }
  return passOn(world, call, server, place, { body: asking.body, region: asking.region })
}

async function passOn(
  world: World,
  call: Call,
  server: UpstreamServer,
  { path }: Place,
  { body = Buffer.alloc(0), region = world.settings.region }: { body?: Buffer; region?: string } = {},
): Promise<Answer> {
  const headers = Object.fromEntries(
    Object.entries(passedHeaders(call.headers)).filter(
      ([name]) => name !== 'content-length' && !isReserved(spelledPlain(name)),
    ),
  )
  const reach = { server, service: 'execute-api', region } as const
  const incoming = await pass(world, reach, {
    method: call.method,
    path,
    query: signatureless(call.query),
    headers,
    body,
    whenGone: call.whenGone,
  })
  return passAnswer(incoming, call.method)
}

/** Without what signed the request here. */
const signatureless = (query: string): string =>
  query
    .split('&')
    .filter((pair) => !isSignature(percentDecode(pair.split('=', 1)[0] ?? '')))
    .join('&')
