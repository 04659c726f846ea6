/** Which request goes where: one list, read from top to bottom; the first route that claims a call answers it. */

import { answerMailbox, isMailboxCall } from './delivery/mailbox-page.ts'
import { answerDemo, isDemoCall } from './demo/page.ts'
import { answerPublicKey, isPublicKeyCall } from './gateway/load-balancer/public-keys.ts'
import { answerResource, isResourceCall, refuseResource } from './gateway/resources.ts'
import { answerS3, type Elsewhere, refusal, s3Address } from './gateway/s3.ts'
import { bucketsBehind } from './gateway/s3-behind.ts'
import { homePage } from './home-page.ts'
import { answerExplain, isExplainCall } from './iam/explain-api.ts'
import { operations as iamOperations } from './iam/operations.ts'
import { answerOutbound, isOutboundCall } from './iam/outbound/discovery.ts'
import { answerIdentityIssuer, isIdentityIssuerCall } from './identity-pools/credentials/discovery.ts'
import { operations as identityPoolOperations } from './identity-pools/operations.ts'
import { answerExtensions, isExtensionsCall } from './oauth/extensions-api.ts'
import { answerConfirmUser, isConfirmUserCall } from './pages/confirm-link.ts'
import { failurePage } from './pages/error.ts'
import { answerFeedback, isFeedbackCall } from './pages/feedback.ts'
import { answerSites, brokenSite, isSiteCall } from './pages/routes.ts'
import { operations as rolesAnywhereOperations } from './roles-anywhere/operations.ts'
import { isOutage } from './store/errors.ts'
import { authenticateWith } from './sts/authenticate.ts'
import { operations as stsOperations } from './sts/operations.ts'
import { operations as syncOperations } from './sync/operations.ts'
import { answerPayload, isPayloadCall } from './sync/outbox/payload-page.ts'
import { answerImport, isImportCall } from './user-pools/imports/link.ts'
import { operations as userPoolOperations } from './user-pools/operations.ts'
import { answerUserPoolIssuer, isUserPoolIssuerCall } from './user-pools/tokens/discovery.ts'
import { answerJson, isJsonCall, refuse as refuseJson } from './wire/aws-json.ts'
import { answerQuery, isQueryCall, refuse as refuseQuery } from './wire/aws-query.ts'
import { freeBody } from './wire/body.ts'
import { AwsError } from './wire/errors.ts'
import { readForwarded } from './wire/forwarded.ts'
import type { Answer, Call } from './wire/http.ts'
import { model } from './wire/model.ts'
import { refuseOwn } from './wire/own-api.ts'
import { asRequest } from './wire/request-id.ts'
import { answerRest, isRestCall, refuseRest } from './wire/rest-json.ts'
import { NoRoom } from './wire/room.ts'
import { answerOperation, findOperation, type Service, serviceOf } from './wire/service.ts'
import type { World } from './world.ts'

/** Every service that answers operations, by its signing name. */
export const services: Readonly<Record<string, Service>> = {
  'cognito-idp': serviceOf(model('cognito-idp'), 'InvalidParameterException', userPoolOperations),
  'cognito-identity': serviceOf(model('cognito-identity'), 'ValidationException', identityPoolOperations),
  sts: serviceOf(model('sts'), 'ValidationError', stsOperations),
  iam: serviceOf(model('iam'), 'ValidationError', iamOperations),
  'cognito-sync': serviceOf(model('cognito-sync'), 'InvalidParameterException', syncOperations),
  rolesanywhere: serviceOf(model('rolesanywhere'), 'ValidationException', rolesAnywhereOperations),
}

type Route = {
  readonly name: string
  claims(call: Call): boolean
  /** `note` names the operation for the log. */
  answer(call: Call, note: (operation: string) => void): Promise<Answer> | Answer
  /** How a failure that is no refusal looks in this protocol; plain text if absent. */
  broken?(call: Call, failure: AwsError): Answer
  /** What the protocol calls an unexpected one. */
  readonly unexpected?: string
}

const internal = 'Something went wrong on our side. The request id is in the log.'
/** AWS: "Common Errors" of every service. unproved: that S3 says it in these words, too. */
const unavailable = 'The request has failed due to a temporary failure of the server.'
/** Seconds. */
const retryAfter = '1'

const isTemporary = (error: unknown) => isOutage(error) || error instanceof NoRoom

/** What callers are told of anything thrown that is no refusal: to come again where that helps, else nothing. */
const failureOf = (error: unknown, unexpected = 'InternalError'): AwsError =>
  isTemporary(error)
    ? new AwsError('ServiceUnavailable', unavailable, { status: 503 })
    : new AwsError(unexpected, internal, { status: 500 })

const plain = (status: number, body: string, type = 'text/plain; charset=utf-8'): Answer => ({
  status,
  headers: { 'content-type': type },
  body,
})
const plainBroken = (_: Call, { status = 500, message }: AwsError) => plain(status, `${message}\n`)

/** The product as one function from request to answer. */
export function createApp(world: World): (call: Call) => Promise<Answer> {
  const authenticate = authenticateWith(world)
  const speaking = (protocol: string) => Object.values(services).filter(({ model }) => model.protocol === protocol)
  const byTarget = new Map(speaking('json').map((service) => [service.model.targetPrefix ?? '', service]))
  const bySigner = new Map(speaking('rest-json').map((service) => [service.model.signingName, service]))
  const byVersion = new Map(speaking('query').map((service) => [service.model.apiVersion, service]))

  const elsewhere = bucketsBehind(world)
  const routes: readonly Route[] = [
    {
      name: 'health',
      claims: (call) => call.path === '/healthz' || call.path === '/readyz',
      answer: (call) => (call.path === '/healthz' ? plain(200, 'ok\n') : ready(world)),
    },
    // Before the domains, whose names the links carry.
    {
      name: 'confirm-user',
      claims: isConfirmUserCall,
      answer: (call) => answerConfirmUser(world, call),
      broken: (call, failure) => failurePage({ base: '', call, world }, failure),
    },
    {
      name: 'hosted',
      claims: (call) => isSiteCall(world.settings, call),
      answer: answerSites(world, (site, operation, input) => ask(world, site.call, operation, input)),
      broken: (call, failure) => brokenSite(world, call, failure),
    },
    // Before the protocols, which answer for the services whose operations are all here.
    {
      name: 'gateway',
      claims: isResourceCall,
      answer: (call, note) => answerResource(world, call, note),
      broken: refuseResource,
      unexpected: 'InternalFailure',
    },
    {
      name: 'aws-json',
      claims: isJsonCall,
      answer: (call, note) => answerJson(byTarget, call, world, authenticate, note),
      broken: (call, failure) => refuseJson(undefined, call, failure),
      unexpected: 'InternalErrorException',
    },
    {
      name: 'aws-query',
      claims: isQueryCall,
      answer: (call, note) => answerQuery(byVersion, call, world, authenticate, note),
      broken: (call, failure) => refuseQuery(undefined, call, failure),
      unexpected: 'InternalFailure',
    },
    {
      name: 'aws-rest',
      claims: (call) => isRestCall(bySigner, call),
      answer: (call, note) => answerRest(bySigner, call, world, authenticate, note),
      broken: (call, failure) => refuseRest(undefined, call, failure),
      unexpected: 'InternalErrorException',
    },
    {
      name: 'oauth-extensions',
      claims: isExtensionsCall,
      answer: (call) => answerExtensions(world, call, authenticate),
      broken: refuseOwn,
    },
    {
      name: 's3',
      claims: (call) => s3Address(call, 'addressed', world.settings) !== undefined,
      ...s3Route(world, 'addressed', elsewhere),
    },
    // Browsers ask before they post to the endpoint; buckets answer for themselves below.
    { name: 'preflight', claims: isPreflight, answer: answerPreflight },
    {
      name: 'user-pool-issuer',
      claims: isUserPoolIssuerCall,
      answer: (call) => answerUserPoolIssuer(world, call),
    },
    { name: 'outbound-issuer', claims: isOutboundCall, answer: (call) => answerOutbound(world, call) },
    {
      name: 'identity-pool-issuer',
      claims: isIdentityIssuerCall,
      answer: (call) => answerIdentityIssuer(world, call),
    },
    { name: 'public-key', claims: isPublicKeyCall, answer: (call) => answerPublicKey(world, call) },
    { name: 'sync-payload', claims: isPayloadCall, answer: (call) => answerPayload(world, call) },
    {
      name: 'explain',
      claims: isExplainCall,
      answer: (call) => answerExplain(world, call, authenticate),
      broken: refuseOwn,
    },
    { name: 'import', claims: isImportCall, answer: (call) => answerImport(world, call) },
    {
      name: 'mailbox',
      claims: (call) => world.settings.dev && isMailboxCall(call),
      answer: (call) => answerMailbox(world, call),
    },
    {
      name: 'demo',
      claims: (call) => world.settings.dev && isDemoCall(call),
      answer: (call) => answerDemo(world, call),
    },
    {
      name: 'feedback',
      claims: isFeedbackCall,
      answer: (call) => answerFeedback(world, call),
      broken: (call, failure) => failurePage({ base: '', call, world }, failure),
    },
    { name: 'home', claims: isHome, answer: () => homePage(world) },
    {
      name: 's3-unsigned',
      claims: (call) => s3Address(call, 'unclaimed', world.settings) !== undefined,
      ...s3Route(world, 'unclaimed', elsewhere),
    },
    { name: 'nothing', claims: () => true, answer: () => plain(404, 'There is nothing here.\n') },
  ]

  const forwarded = readForwarded(world.settings.trustedProxies)
  return async (received) => {
    const call = forwarded(received)
    const began = performance.now()
    let operation = ''
    const route = routes.find((one) => one.claims(call)) as Route
    const note = (name: string) => {
      operation = name
    }
    const log = (answer: Answer, error?: unknown) => {
      const line = {
        requestId: call.id,
        route: route.name,
        operation: operation || undefined,
        method: call.method,
        status: answer.status,
        ms: Math.round((performance.now() - began) * 10) / 10,
      }
      // An outage and a lack of room have lines of their own.
      if (error && !isTemporary(error)) world.log.error({ ...line, err: error }, 'failed')
      else if (route.name !== 'health') world.log.info(line, 'answered')
      return answer
    }
    try {
      return log(await asRequest(call.id, () => route.answer(call, note)))
    } catch (error) {
      const answer = (route.broken ?? plainBroken)(call, failureOf(error, route.unexpected))
      const later = answer.status === 503 && { 'retry-after': retryAfter }
      return log({ ...answer, headers: { ...answer.headers, ...later } }, error)
    } finally {
      freeBody(call)
    }
  }
}

/** Asks an unsigned operation of user pools for a page: types, limits and rules are those of a call from outside. */
function ask(world: World, call: Call, name: string, input: object): Promise<unknown> {
  const service = services['cognito-idp'] as Service
  const operation = findOperation(service, name, () => new AwsError('UnknownOperationException', name))
  const nobody = () => Promise.reject(new AwsError('AccessDeniedException', `${name} is not for pages.`))
  const sent = { call, body: async () => Buffer.alloc(0), parse: () => input }
  return answerOperation(service, operation, sent, world, nobody, 'json')
}

const s3Route = (
  world: World,
  by: 'addressed' | 'unclaimed',
  elsewhere: Elsewhere | undefined,
): Pick<Route, 'answer' | 'broken'> => ({
  broken: refusal,
  answer: (call, note) =>
    answerS3(call, world, s3Address(call, by, world.settings) ?? {}, (name) => note(`s3:${name}`), elsewhere),
})

async function ready(world: World): Promise<Answer> {
  try {
    await world.ready()
    return plain(200, 'ready\n')
  } catch (error) {
    if (!isOutage(error)) world.log.warn({ err: error }, 'not ready')
    return plain(503, 'The database is unavailable.\n')
  }
}

const isHome = (call: Call) =>
  call.path === '/' && call.method === 'GET' && (call.headers.accept ?? '').includes('text/html')

const isPreflight = (call: Call) =>
  call.method === 'OPTIONS' && (call.path === '/' || /\/\.well-known\/[\w.-]+$/.test(call.path))

/** unproved: AWS's own preflight headers for Cognito are not recorded; these are what its clients ask for. */
const answerPreflight = (call: Call): Answer => ({
  status: 200,
  headers: {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': call.headers['access-control-request-headers'] ?? 'content-type,x-amz-target',
    'access-control-max-age': '172800',
    'x-amzn-requestid': call.id,
  },
})
