/** Payload 2.0: what a function behind an HTTP API is given. AWS: "Create AWS Lambda proxy integrations for HTTP APIs". */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { type Asked, bodyOf, cognitoOf, decoded, domainOf, logTime, parametersOf, queryOf } from './event-parts.ts'

/** `GET /items/{id}`; `$default` where the route takes everything. */
function routeKeyOf({ call, route }: Asked): string {
  if (route.path === '/*' && route.anyMethod) return '$default'
  return `${route.anyMethod ? 'ANY' : call.method} ${route.path}`
}

function authorizerOf({ authorized }: Asked): object | undefined {
  if (authorized?.kind === 'jwt') return { jwt: { claims: authorized.claims, scopes: authorized.scopes } }
  if (authorized?.kind === 'user-pools') return { jwt: { claims: authorized.claims, scopes: null } }
  if (authorized?.kind !== 'iam') return undefined
  const { accessKeyId, account, arn, userId } = authorized.caller
  const cognito = cognitoOf(authorized.caller)
  return {
    iam: {
      accessKey: accessKeyId,
      accountId: account,
      callerId: userId,
      cognitoIdentity: cognito ?? null,
      principalOrgId: null,
      userArn: arn,
      userId,
    },
  }
}

const splitCookies = (header: string) => header.split(/; */).filter((one) => one !== '')

/** Event and, where an authorizer spoke, `requestContext.authorizer`. Names are in lower case, repeated values joined by commas. */
export function eventTwo(asked: Asked): APIGatewayProxyEventV2 {
  const { call, route, account, now } = asked
  const { cookie, ...headers } = call.headers
  const query = queryOf(call)
  const parameters = parametersOf(asked)
  const authorizer = authorizerOf(asked)
  const context = {
    accountId: account,
    apiId: route.api.id,
    ...(authorizer && { authorizer }),
    ...domainOf(call),
    http: {
      method: call.method,
      path: decoded(call.path),
      protocol: 'HTTP/1.1',
      sourceIp: call.address,
      userAgent: call.headers['user-agent'] ?? '',
    },
    requestId: call.id,
    routeKey: routeKeyOf(asked),
    stage: route.api.stage,
    time: logTime(now),
    timeEpoch: now,
  }
  return {
    version: '2.0',
    routeKey: routeKeyOf(asked),
    rawPath: decoded(call.path),
    rawQueryString: call.query,
    ...(cookie !== undefined && { cookies: splitCookies(cookie) }),
    headers,
    ...(query.size > 0 && {
      queryStringParameters: Object.fromEntries([...query].map(([name, values]) => [name, values.join(',')])),
    }),
    requestContext: context,
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    ...(asked.body.length > 0 ? bodyOf(asked, '2.0') : { isBase64Encoded: false }),
  }
}
