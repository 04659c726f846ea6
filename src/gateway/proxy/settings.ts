/** The file of the proxy: listeners, upstreams, routes and their actions; read whole, or refused with the place and the fix. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { findFault, type Schema } from '../../config/json-schema.ts'
import { SettingError } from '../../config.ts'
import { ownPrefix } from '../api-authorizers/headers.ts'
import type { JwtSettings } from '../api-authorizers/jwt.ts'
import type { UserPoolsSettings } from '../api-authorizers/user-pools.ts'
import { oidcPrefix } from '../load-balancer/claims-header.ts'
import type { CognitoSettings, OidcSettings } from '../load-balancer/settings.ts'
import schema from './settings.schema.json' with { type: 'json' }

export type ListenerSettings = {
  readonly name?: string
  readonly host?: string
  readonly port: number
  readonly tls?: { readonly certificate: string; readonly key: string; readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' }
  readonly encodedSlashes?: 'refuse' | 'pass'
}

export type UpstreamSettings = {
  readonly targets: readonly string[]
  readonly connections?: number
  readonly connectTimeoutMs?: number
  readonly responseTimeoutMs?: number
  readonly idleTimeoutMs?: number
  readonly retries?: number
  readonly healthCheck?: {
    readonly path?: string
    readonly intervalMs?: number
    readonly timeoutMs?: number
    readonly healthyAfter?: number
    readonly unhealthyAfter?: number
  }
  readonly tls?: { readonly ca?: string; readonly verify?: boolean }
}

export type ForwardSettings = {
  readonly type: 'forward'
  readonly upstream: string
  readonly event?: '1.0' | '2.0'
  readonly headers?: Readonly<Record<string, string>>
}
export type FunctionSettings = {
  readonly type: 'function'
  readonly arn: string
  readonly payload?: '1.0' | '2.0'
  readonly timeoutMs?: number
}
export type RedirectSettings = { readonly type: 'redirect'; readonly location: string; readonly status?: 301 | 302 }
export type FixedSettings = {
  readonly type: 'fixed-response'
  readonly status: number
  readonly contentType?: string
  readonly body?: string
}

/** Steps let pass or answer; ends answer. */
export type StepSettings =
  | ({ readonly type: 'cognito-user-pools' } & UserPoolsSettings)
  | ({ readonly type: 'jwt' } & JwtSettings)
  | { readonly type: 'iam' }
  | CognitoSettings
  | OidcSettings
export type EndSettings = ForwardSettings | FunctionSettings | RedirectSettings | FixedSettings

export type RouteSettings = {
  readonly listeners?: readonly string[]
  readonly host?: string
  readonly path?: string
  readonly methods?: readonly string[]
  readonly api?: { readonly id?: string; readonly stage?: string }
  readonly actions: readonly (StepSettings | EndSettings)[]
}

export type ProxySettings = {
  readonly loadBalancerArn?: string
  readonly listeners: readonly ListenerSettings[]
  readonly upstreams?: Readonly<Record<string, UpstreamSettings>>
  readonly routes: readonly RouteSettings[]
}

const ends: readonly string[] = ['forward', 'function', 'redirect', 'fixed-response']
export const isEnd = (action: StepSettings | EndSettings): action is EndSettings => ends.includes(action.type)

/** What a listener is known by. */
export const listenerKey = ({ host = '', port }: ListenerSettings): string => `${host}:${port}`

/** What depends on the server and not on the file. */
export type Surroundings = {
  /** Whether sessions may travel without TLS of ours: in development, or behind a proxy that ends it. */
  readonly plainSessions: boolean
}

/** Reads the file; names of other files in it are made absolute. Refuses with a SettingError. */
export function readProxySettings(file: string, around: Surroundings): ProxySettings {
  const refuse = (fault: string): never => {
    throw new SettingError(`${file}: ${fault}`)
  }
  const read = readJson(file, refuse)
  const fault = findFault(schema as Schema, read)
  if (fault !== undefined) return refuse(fault)
  const settings = absolute(read as ProxySettings, dirname(resolve(file)))
  const wrong = findWrong(settings, around)
  return wrong === undefined ? settings : refuse(wrong)
}

function readJson(file: string, refuse: (fault: string) => never): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return refuse(`cannot be read (${(error as Error).message}). Give --proxy the path of a JSON file.`)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    return refuse(`is no JSON: ${(error as Error).message}.`)
  }
}

function absolute(settings: ProxySettings, folder: string): ProxySettings {
  const { upstreams = {} } = settings
  return {
    ...settings,
    listeners: settings.listeners.map(({ tls, ...rest }) => ({
      ...rest,
      ...(tls && { tls: { ...tls, certificate: resolve(folder, tls.certificate), key: resolve(folder, tls.key) } }),
    })),
    upstreams: Object.fromEntries(
      Object.entries(upstreams).map(([name, { tls, ...rest }]) => [
        name,
        { ...rest, ...(tls && { tls: { ...tls, ...(tls.ca && { ca: resolve(folder, tls.ca) }) } }) },
      ]),
    ),
  }
}

/** What a schema cannot say. */
function findWrong(settings: ProxySettings, around: Surroundings): string | undefined {
  const taken = new Set<string>()
  for (const [index, listener] of settings.listeners.entries()) {
    const key = listenerKey(listener)
    if (listener.port !== 0 && taken.has(key)) return `listeners[${index}] has the host and port of another listener.`
    taken.add(key)
  }
  const names = settings.listeners.flatMap(({ name }) => name ?? [])
  if (new Set(names).size < names.length) return 'listeners: two have the same name.'
  for (const [index, route] of settings.routes.entries()) {
    const fault = findWrongRoute(settings, route, around)
    if (fault !== undefined) return `routes[${index}]${fault}`
  }
  return undefined
}

const known = (names: readonly string[]) => (names.length > 0 ? `there are ${names.join(', ')}` : 'there are none')

function findWrongRoute(settings: ProxySettings, route: RouteSettings, around: Surroundings): string | undefined {
  const names = settings.listeners.flatMap(({ name }) => name ?? [])
  const stranger = route.listeners?.find((name) => !names.includes(name))
  if (stranger !== undefined) return `.listeners: no listener is called '${stranger}'; ${known(names)}.`
  if (route.path?.includes('{') && /[*?]/.test(route.path))
    return '.path has both braces and * or ?. Use braces for parameters, or * and ? for patterns.'
  if (/\{[^}/]*\+\}./.test(route.path ?? '')) return '.path: {name+} takes the rest and must stand last.'
  const { actions } = route
  for (const [index, action] of actions.entries()) {
    const fault = findWrongAction(settings, route, index, around)
    if (fault !== undefined) return `.actions[${index}]${fault}`
    if (isEnd(action) !== (index === actions.length - 1))
      return `.actions[${index}]: the last action, and no other, is one of ${ends.join(', ')}.`
  }
  return undefined
}

function findWrongAction(settings: ProxySettings, route: RouteSettings, index: number, around: Surroundings) {
  const action = route.actions[index]
  if (action?.type === 'forward') return findWrongForward(settings, action)
  if (action?.type === 'cognito-user-pools' && action.identityValidationExpression !== undefined) {
    try {
      new RegExp(action.identityValidationExpression)
    } catch (error) {
      return `.identityValidationExpression: ${(error as Error).message}.`
    }
  }
  if (action?.type.startsWith('authenticate-') && !around.plainSessions) {
    const plain = settings.listeners.find(
      ({ name, tls }) => !tls && (!route.listeners || route.listeners.includes(name ?? '')),
    )
    if (plain)
      return (
        `: sign-in needs TLS, and the listener at port ${plain.port} has none. Give it 'tls', name other listeners in ` +
        "the route's 'listeners', or set --trusted-proxies if a proxy in front ends TLS."
      )
  }
  return undefined
}

function findWrongForward({ upstreams = {} }: ProxySettings, { upstream, headers = {} }: ForwardSettings) {
  if (!Object.hasOwn(upstreams, upstream))
    return `.upstream: there is no upstream '${upstream}'; ${known(Object.keys(upstreams))}.`
  const bad = Object.keys(headers).find((name) => !isFreeHeader(name.toLowerCase()))
  return bad === undefined ? undefined : `.headers: '${bad}' cannot be set. Choose another name, such as x-user-${bad}.`
}

/** Names that mean something to the transport, or that are ours. */
const kept = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
])

const isFreeHeader = (name: string) =>
  /^[a-z0-9-]+$/.test(name) &&
  !kept.has(name) &&
  ![ownPrefix, oidcPrefix, 'x-forwarded-', 'proxy-'].some((prefix) => name.startsWith(prefix))
