/** Headers by which a server behind learns what the gateway vouches for, or reads another request than was decided about: no client may send them. */
import { ownPrefix } from './api-authorizers/headers.ts'
import { oidcPrefix } from './load-balancer/claims-header.ts'

const prefixes = [oidcPrefix, ownPrefix, 'x-forwarded-', 'x-apigateway-', 'proxy-']

const names = new Set([
  ...['forwarded', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'x-original-url', 'x-rewrite-url'],
  ...[
    'x-http-method-override',
    'x-http-method',
    'x-method-override',
    'x-amzn-request-context',
    'x-amzn-lambda-context',
  ],
])

const marks = /[^a-z0-9-]/

/** CGI and its kin read `_` and `-` as one, some every mark: what is ours must not come in by another spelling. */
export const spelledPlain = (name: string): string => (marks.test(name) ? name.replace(/[^a-z0-9]/g, '-') : name)

/** Of a lower-case name as `spelledPlain` has it. */
export const isReserved = (plain: string): boolean => names.has(plain) || prefixes.some((one) => plain.startsWith(one))
