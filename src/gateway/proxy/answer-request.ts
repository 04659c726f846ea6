/** From a request to its answer: read it, find its route, take its steps, and answer or pass on; one line of log for each. */
import { isOutage } from '../../store/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import type { ApiRoute } from '../api-authorizers/authorized.ts'
import { withoutParameters } from '../api-authorizers/path-readings.ts'
import { httpRefusal } from '../api-authorizers/refusals.ts'
import { errorPage, SignInError } from '../load-balancer/failure.ts'
import { answerReturn, isReturn } from '../load-balancer/sign-in.ts'
import type { Route, Table } from './routes.ts'
import { noRoute } from './routes.ts'
import type { Upstream } from './upstream.ts'
import type { Visit } from './visit.ts'

/** What a visit comes to. */
export type Led = {
  readonly route: Route | undefined
  readonly to: Answer | Upstream
  /** Of the load balancer's access log. */
  readonly reason?: string
}

export const isUpstream = (to: Answer | Upstream): to is Upstream => 'next' in to

const led = (to: Answer | Upstream, route?: Route, reason?: string): Led => ({
  route,
  to,
  ...(reason !== undefined && { reason }),
})

function find({ routes }: Table, listener: string | undefined, { call, host }: Visit, path: string) {
  for (const route of routes) {
    const parameters = route.match(listener, call.method, host, path)
    if (parameters) return { route, parameters }
  }
  return undefined
}

/** Never rejects: what went wrong on our side is in the log, and the answer says nothing of it. */
export async function lead(world: World, table: Table, listener: string | undefined, visit: Visit): Promise<Led> {
  const { call } = visit
  try {
    // Answered before any route: it is the load balancer's own address wherever somebody may have to sign in.
    if (table.signIns.length > 0 && isReturn({ path: visit.matched })) {
      return led(await answerReturn(world, call, table.signIns))
    }
  } catch (error) {
    return failedSignIn(world, call, error)
  }
  const found = find(table, listener, visit, visit.matched)
  const bare = withoutParameters(visit.matched)
  if (bare !== visit.matched && find(table, listener, visit, bare)?.route !== found?.route) return led(errorPage(400))
  if (!found) return led(noRoute())
  const { route, parameters } = found
  const { api, path, anyMethod } = route
  const asked: ApiRoute = { api, path, parameters, anyMethod, matched: visit.matched }
  try {
    for (const step of route.steps) {
      const answer = await step(visit, asked)
      if (answer) return led(answer, route)
    }
    return led(await route.end(visit, asked), route)
  } catch (error) {
    if (error instanceof SignInError) return failedSignIn(world, call, error, route)
    if (isOutage(error)) return led(failure(route, call, 503), route)
    world.log.error({ err: error, requestId: call.id }, 'proxy failed')
    return led(failure(route, call, 500), route)
  }
}

function failedSignIn(world: World, call: Call, error: unknown, route?: Route): Led {
  if (error instanceof SignInError) {
    world.log.info({ requestId: call.id, reason: error.reason, detail: error.message }, 'sign-in failed')
    return led(errorPage(error.status), route, error.reason)
  }
  if (isOutage(error)) return led(errorPage(503), route, 'AuthUnhandledException')
  world.log.error({ err: error, requestId: call.id }, 'sign-in failed')
  return led(errorPage(500), route, 'AuthUnhandledException')
}

const apiMessages: Readonly<Record<number, string>> = {
  500: 'Internal Server Error',
  502: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Endpoint request timed out',
}

/** How a route tells that it could not be answered. */
export const failure = (route: Route | undefined, call: Pick<Call, 'id'>, status: number): Answer =>
  route?.isApi ? httpRefusal(call, status, apiMessages[status] ?? 'Internal Server Error') : errorPage(status)
