/** The facts of a request that policies may ask about. AWS: IAM User Guide, "AWS global condition context keys". */
import type { Caller } from '../wire/caller.ts'
import type { Context as CallContext } from '../wire/operation.ts'
import type { World } from '../world.ts'
import { type Context, contextOf } from './policy/context.ts'

/** What is known of the request itself. */
export type Facts = Pick<CallContext, 'region' | 'address' | 'userAgent' | 'secure'> & {
  readonly requestId?: string
  /** The Referer header. */
  readonly referer?: string | undefined
}

export type Keys = Readonly<Record<string, string | readonly string[]>>

const principalTypes: Record<Caller['kind'], string> = {
  root: 'Account',
  user: 'User',
  role: 'AssumedRole',
  federated: 'FederatedUser',
  anonymous: 'Anonymous',
}

/** `2026-01-01T00:00:00Z`. */
const isoSeconds = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}/, '')

/** The request context: the caller's own keys, those of the action (`more`), and over both those that we vouch for. */
export function requestContext(
  world: Pick<World, 'now' | 'settings'>,
  caller: Caller,
  facts: Facts,
  {
    more = {},
    resourceAccount = world.settings.account,
  }: { more?: Keys | undefined; resourceAccount?: string | undefined },
): Context {
  const now = world.now()
  return contextOf({
    ...caller.context,
    ...more,
    'aws:CurrentTime': isoSeconds(now),
    'aws:EpochTime': Math.floor(now / 1000),
    'aws:SecureTransport': facts.secure,
    // An IPv4 peer of an IPv6 socket (RFC 4291 2.5.5.2).
    'aws:SourceIp': facts.address.replace(/^::ffff:(?=\d+\.)/i, ''),
    'aws:UserAgent': facts.userAgent || undefined,
    'aws:Referer': facts.referer,
    'aws:RequestedRegion': facts.region,
    'aws:ResourceAccount': resourceAccount,
    'aws:ViaAWSService': false,
    'aws:PrincipalType': principalTypes[caller.kind],
    ...signedKeys(caller),
    ...temporaryKeys(caller, now),
  })
}

/** Of nobody, nothing: not even an id. AWS: "AWS global condition context keys", aws:userid. */
function signedKeys(caller: Caller) {
  if (caller.kind === 'anonymous') {
    return { 'aws:PrincipalAccount': undefined, 'aws:PrincipalArn': undefined, 'aws:userid': undefined }
  }
  return {
    'aws:userid': caller.userId,
    'aws:PrincipalAccount': caller.account,
    // Of a role session: the role's ARN, not the session's.
    'aws:PrincipalArn': caller.roleArn ?? caller.arn,
    'aws:PrincipalIsAWSService': false,
    'aws:username': caller.kind === 'user' ? caller.arn.slice(caller.arn.lastIndexOf('/') + 1) : undefined,
  }
}

/** The keys of a service that asks in its own name: it signs with nobody's credentials. */
export const serviceKeys = (service: string): Keys => ({
  'aws:PrincipalIsAWSService': 'true',
  'aws:PrincipalServiceName': service,
  'aws:PrincipalServiceNamesList': [service],
})

/** Long-term keys have none of these: `aws:MultiFactorAuthPresent` is absent, not false. */
const temporaryKeys = ({ issuedAt, mfaAt, provider }: Caller, now: number) => ({
  'aws:TokenIssueTime': issuedAt === undefined ? undefined : isoSeconds(issuedAt),
  'aws:MultiFactorAuthPresent': issuedAt === undefined ? undefined : mfaAt !== undefined,
  'aws:MultiFactorAuthAge': mfaAt === undefined ? undefined : Math.floor((now - mfaAt) / 1000),
  // Whoever only comes with a token has it from the token.
  ...(provider !== undefined && { 'aws:FederatedProvider': provider }),
})
