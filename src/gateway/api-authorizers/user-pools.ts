/** The authorizer COGNITO_USER_POOLS of REST APIs. AWS: "Control access to REST APIs using Amazon Cognito user pools as an authorizer". */
import { readJwt } from '../../protocols/jwt.ts'
import { findPool } from '../../user-pools/pools/find.ts'
import { issuersOf, poolIdOf } from '../../user-pools/tokens/issuer.ts'
import type { Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import type { Authorizer } from './authorized.ts'
import { bareToken, flatClaims, scopesIn } from './claims.ts'
import { restRefusal, unauthorized } from './refusals.ts'
import { createVerifier } from './verify.ts'

/** In AWS's spelling. */
export type UserPoolsSettings = {
  readonly providerARNs: readonly string[]
  /** `method.request.header.<name>`. */
  readonly identitySource?: string
  /** Matched whole against `aud`, before anything else is looked at. */
  readonly identityValidationExpression?: string
  readonly authorizerResultTtlInSeconds?: number
  /** With scopes an access token is wanted that has one of them; without, an ID token. */
  readonly authorizationScopes?: readonly string[]
  readonly checkRevocation?: boolean
}

type Provider = { readonly id: string; readonly region: string }

const providersOf = (arns: readonly string[]): ReadonlyMap<string, Provider> =>
  new Map(
    arns.map((arn) => {
      const [, , , region = '', , resource = ''] = arn.split(':')
      const id = resource.replace(/^userpool\//, '')
      return [id, { id, region }]
    }),
  )

/** The issuer that a listed pool has: our own, or AWS's. AWS: pools with the updated issuer are not accepted. */
async function issuerFor(world: World, provider: Provider): Promise<string> {
  const own = await findPool(world, provider.id)
  return own ? issuersOf(world.settings, own).ORIGINAL : issuersOf({ issuer: 'aws' }, provider).ORIGINAL
}

export function userPoolsAuthorizer(world: World, settings: UserPoolsSettings): Authorizer {
  const {
    identitySource = 'method.request.header.Authorization',
    identityValidationExpression,
    authorizerResultTtlInSeconds: ttl = 300,
    authorizationScopes = [],
    checkRevocation = false,
  } = settings
  const header = identitySource.slice('method.request.header.'.length).toLowerCase()
  const providers = providersOf(settings.providerARNs)
  const audience = identityValidationExpression && new RegExp(`^(?:${identityValidationExpression})$`)
  const verify = createVerifier(world, { ttl, checkRevocation })
  const use = authorizationScopes.length > 0 ? 'access' : 'id'

  return async (call) => {
    const token = bareToken(call.headers[header] ?? '')
    const named = readJwt(token)?.unverified
    if (!named) return unauthorized(call)
    if (audience && !(typeof named['aud'] === 'string' && audience.test(named['aud']))) return unauthorized(call)
    const provider = providers.get(poolIdOf(named['iss']) ?? '')
    if (!provider) return unauthorized(call)
    const verdict = await verify(await issuerFor(world, provider), token)
    if ('refusal' in verdict) return refusals[verdict.refusal]?.(call) ?? unauthorized(call)
    const { claims } = verdict
    // unproved: AWS does not say what a valid token of the other kind gets; practice reports 401.
    if (claims['token_use'] !== use) return unauthorized(call)
    const scopes = scopesIn(claims)
    if (use === 'access' && !authorizationScopes.some((scope) => scopes.includes(scope))) return unauthorized(call)
    return { kind: 'user-pools', claims: flatClaims(claims, 'commas') }
  }
}

const refusals: Readonly<Record<string, (call: Call) => ReturnType<typeof unauthorized>>> = {
  // AWS lists EXPIRED_TOKEN with 403, and answers 401.
  expired: (call) => restRefusal(call, 401, 'The incoming token has expired', 'UnauthorizedException'),
  // unproved: AUTHORIZER_FAILURE's body.
  unavailable: (call) => restRefusal(call, 500, null, 'AuthorizerConfigurationException'),
}
