/** The routes as functions: each the steps that let pass or answer, and an end that answers. */
import type { Answer } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import { type ApiRoute, type Authorizer, isAnswer } from '../api-authorizers/authorized.ts'
import { authorizedHeaders, mappedHeaders } from '../api-authorizers/headers.ts'
import { iamAuthorizer } from '../api-authorizers/iam.ts'
import { jwtAuthorizer } from '../api-authorizers/jwt.ts'
import { userPoolsAuthorizer } from '../api-authorizers/user-pools.ts'
import { errorPage } from '../load-balancer/failure.ts'
import type { Ask } from '../load-balancer/provider.ts'
import { createSignIn, type SignIn } from '../load-balancer/sign-in.ts'
import { callFunction, eventHeader } from './functions.ts'
import { type Match, matcherOf } from './match.ts'
import { type EndSettings, isEnd, type ProxySettings, type RouteSettings, type StepSettings } from './settings.ts'
import type { Upstream } from './upstream.ts'
import type { Visit } from './visit.ts'

/** Undefined: go on. */
type Step = (visit: Visit, route: ApiRoute) => Promise<Answer | undefined>

/** An answer, or the upstream that has it. */
export type End = (visit: Visit, route: ApiRoute) => Promise<Answer> | Answer | Upstream

export type Route = {
  readonly match: Match
  readonly steps: readonly Step[]
  readonly end: End
  readonly api: ApiRoute['api']
  readonly path: string
  readonly anyMethod: boolean
  /** How it fails: an API in JSON, a load balancer with a page. */
  readonly isApi: boolean
}

export type Table = {
  readonly routes: readonly Route[]
  readonly signIns: readonly SignIn[]
  /** Headers that routes set for their upstreams: no client may. */
  readonly reserved: ReadonlySet<string>
  /** Who is on the way by these routes. */
  readonly use: Use
}

/** Counts who uses a thing, so that it can be put away when nobody does any more. */
export type Use = { enter(): () => void; idle(): Promise<void> }

export function countUse(): Use {
  let count = 0
  const waiting: (() => void)[] = []
  const leave = () => {
    if (--count === 0) for (const tell of waiting.splice(0)) tell()
  }
  return {
    enter() {
      count++
      return leave
    },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}

export type Surroundings = {
  readonly world: World
  readonly ask: Ask
  readonly upstreams: ReadonlyMap<string, Upstream>
}

const authorizers = ['cognito-user-pools', 'jwt', 'iam']

export function compileRoutes(settings: ProxySettings, around: Surroundings): Table {
  const signIns = new Map<string, SignIn>()
  const signer = settings.loadBalancerArn ?? ownArn(around.world)
  // Rules that are the same share sessions in memory.
  const signInOf = (step: Extract<StepSettings, { type: `authenticate-${string}` }>): SignIn => {
    const key = JSON.stringify(step)
    const known = signIns.get(key) ?? createSignIn({ ...around, signer }, step)
    signIns.set(key, known)
    return known
  }
  const routes = settings.routes.map((route) => compileRoute(route, around, signInOf))
  const mapped = settings.routes.flatMap(({ actions }) =>
    actions.flatMap((action) => (action.type === 'forward' ? Object.keys(action.headers ?? {}) : [])),
  )
  const reserved = new Set(mapped.map((name) => name.toLowerCase()))
  return { routes, signIns: [...signIns.values()], reserved, use: countUse() }
}

/** A load balancer needs an ARN that verifiers may compare; this one is the same for all nodes of a server. */
const ownArn = ({ settings: { region, account }, seal }: World): string =>
  `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/app/poolhouse/${seal.mac('load-balancer-arn', '').toString('hex').slice(0, 16)}`

type SignInOf = (step: Extract<StepSettings, { type: `authenticate-${string}` }>) => SignIn

function compileRoute(route: RouteSettings, around: Surroundings, signInOf: SignInOf): Route {
  const steps = route.actions.flatMap((action) => (isEnd(action) ? [] : [stepOf(action, around.world, signInOf)]))
  const end = route.actions.findLast(isEnd)
  if (!end) throw new Error('A route without an end was not refused.')
  return {
    ...{ match: matcherOf(route), steps, end: endOf(end, route, around) },
    api: { id: route.api?.id ?? 'poolhouse', stage: route.api?.stage ?? '$default' },
    path: route.path ?? '/*',
    anyMethod: route.methods === undefined,
    isApi: end.type === 'function' || route.actions.some(({ type }) => authorizers.includes(type)),
  }
}

function stepOf(step: StepSettings, world: World, signInOf: SignInOf): Step {
  if (step.type === 'cognito-user-pools') return authorize(userPoolsAuthorizer(world, step))
  if (step.type === 'jwt') return authorize(jwtAuthorizer(world, step))
  if (step.type === 'iam') return authorize(iamAuthorizer(world))
  const { enter } = signInOf(step)
  return async (visit) => {
    const outcome = await enter(visit.call)
    if ('status' in outcome) return outcome
    Object.assign(visit.headers, outcome.headers)
    if (outcome.cookies) visit.cookies.push(...outcome.cookies)
    return undefined
  }
}

const authorize =
  (authorizer: Authorizer): Step =>
  async (visit, route) => {
    const outcome = await authorizer(visit.call, route)
    if (isAnswer(outcome)) return outcome
    visit.authorized = outcome
    return undefined
  }

function endOf(end: EndSettings, route: RouteSettings, { world, upstreams }: Surroundings): End {
  if (end.type === 'forward') {
    const upstream = upstreams.get(end.upstream)
    if (!upstream) throw new Error(`The upstream ${end.upstream} was not opened.`)
    const { headers = {}, event } = end
    return (visit, api) => {
      const { authorized } = visit
      if (authorized) Object.assign(visit.headers, authorizedHeaders(authorized), mappedHeaders(headers, authorized))
      if (event !== undefined) Object.assign(visit.headers, eventHeader(world, visit, api, event))
      return upstream
    }
  }
  if (end.type === 'function') {
    // REST APIs know payload 1.0 only.
    const rest = route.actions.some(({ type }) => type === 'cognito-user-pools' || type === 'iam')
    const { arn, payload = rest ? '1.0' : '2.0', timeoutMs = 29_000 } = end
    return (visit, api) => callFunction(world, visit, api, { arn, payload, timeoutMs })
  }
  if (end.type === 'redirect') {
    const { location, status = 302 } = end
    return (visit) => ({ status, headers: { server: 'awselb/2.0', location: fill(location, visit) } })
  }
  const { status, contentType = 'text/plain', body = '' } = end
  return () => ({ status, headers: { server: 'awselb/2.0', 'content-type': contentType }, body })
}

/** AWS: the keywords of redirect actions. */
function fill(location: string, { call, host }: Visit): string {
  const values: Record<string, string> = {
    protocol: call.secure ? 'https' : 'http',
    host,
    port: call.headers['x-forwarded-port'] ?? '',
    path: call.path.slice(1),
    query: call.query,
  }
  return location.replace(/#\{(\w+)\}/g, (keyword, name: string) => values[name] ?? keyword)
}

/** AWS answers 404 where no rule of an API fits; a load balancer has a default rule, which is here the file's last route. */
export const noRoute = (): Answer => errorPage(404)
