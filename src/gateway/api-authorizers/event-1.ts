/** Payload 1.0: what a function behind a REST API is given. AWS: "Input format of a Lambda function for proxy integration". */
import { hash } from 'node:crypto'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { type Asked, bodyOf, domainOf, identityOf, logTime, parametersOf, queryOf } from './event-parts.ts'

const orNull = <Value extends object>(value: Value): Value | null => (Object.keys(value).length > 0 ? value : null)

/** Names as they were sent, `constructor` among them, HTTP/2's own not; of a repeated one the last value counts in `headers`. */
function headersOf({ call: { rawHeaders } }: Asked) {
  const all = new Map<string, string[]>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]]
    if (!name.startsWith(':')) all.set(name, [...(all.get(name) ?? []), value])
  }
  return {
    headers: Object.fromEntries([...all].map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: Object.fromEntries(all),
  }
}

function authorizerOf({ authorized }: Asked): Record<string, unknown> | undefined {
  if (authorized?.kind === 'user-pools') return { claims: authorized.claims }
  if (authorized?.kind === 'jwt') return { claims: authorized.claims, scopes: authorized.scopes }
  return undefined
}

export function eventOne(asked: Asked): APIGatewayProxyEvent {
  const { call, route, account, now } = asked
  const query = queryOf(call)
  const parameters = parametersOf(asked)
  const empty = asked.body.length === 0
  const authorizer = authorizerOf(asked)
  const { domainName, domainPrefix } = domainOf(call)
  return {
    // HTTP APIs name the version of their payload, REST APIs do not.
    ...(asked.authorized?.kind === 'jwt' && { version: '1.0' }),
    resource: route.path,
    path: call.path,
    httpMethod: call.method,
    ...headersOf(asked),
    queryStringParameters: orNull(Object.fromEntries([...query].map(([name, values]) => [name, values.at(-1)]))),
    multiValueQueryStringParameters: orNull(Object.fromEntries(query)),
    pathParameters: orNull(parameters),
    stageVariables: null,
    requestContext: {
      resourceId: hash('sha256', `${route.api.id}${route.path}`).slice(0, 6),
      ...(authorizer === undefined ? ({} as { authorizer: undefined }) : { authorizer }),
      resourcePath: route.path,
      httpMethod: call.method,
      extendedRequestId: `${hash('sha256', call.id, 'base64').slice(0, 15)}=`,
      requestTime: logTime(now),
      path: call.path,
      accountId: account,
      protocol: 'HTTP/1.1',
      stage: route.api.stage,
      domainPrefix,
      requestTimeEpoch: now,
      requestId: call.id,
      identity: identityOf(asked),
      domainName,
      apiId: route.api.id,
    },
    ...(empty ? { body: null, isBase64Encoded: false } : bodyOf(asked, '1.0')),
  }
}
