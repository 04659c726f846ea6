/** A role that a service of ours takes on for a customer: whether it lets the service in, and who the service then is. */
import { decide } from '../iam/authorize.ts'
import { type Facts, requestContext, serviceKeys } from '../iam/request-context.ts'
import { findRole } from '../iam/roles/find.ts'
import { decideTrust } from '../iam/roles/trust.ts'
import { anonymous, type Caller } from '../wire/caller.ts'
import type { World } from '../world.ts'
import { findCredentials } from './credentials.ts'
import { mintSession } from './sessions.ts'

const sessionSeconds = 3600

export type ServiceSession = {
  /** `cognito-sync.amazonaws.com` */
  readonly service: string
  readonly roleArn: string
  readonly sessionName: string
  readonly region: string
  /** What the service acts for: `aws:SourceArn`. */
  readonly sourceArn: string
}

/** A session of the role as a caller; undefined if there is no such role, or it does not trust the service. */
export async function serviceCaller(world: World, wanted: ServiceSession): Promise<Caller | undefined> {
  const { service, roleArn, sessionName, sourceArn } = wanted
  const role = await findRole(world, roleArn)
  if (!role) return undefined
  const keys = { ...serviceKeys(service), 'aws:SourceArn': sourceArn, 'aws:SourceAccount': world.settings.account }
  const context = requestContext(world, anonymous, factsOf(wanted), { more: keys })
  const principal = { kind: 'service' as const, account: '', arn: service, userId: service }
  const action = 'sts:AssumeRole'
  const request = { action, resource: roleArn, principal, resourceAccount: world.settings.account, context }
  if (!decideTrust(world, role, request).allowed) return undefined
  const session = mintSession(world, { role, sessionName, durationSeconds: sessionSeconds })
  const found = await findCredentials(world, session.AccessKeyId, session.SessionToken)
  return 'caller' in found ? found.caller : undefined
}

/** Whether the session may do one of these on the resource. */
export async function serviceMay(
  world: World,
  caller: Caller,
  wanted: Pick<ServiceSession, 'region'>,
  actions: readonly string[],
  resource: string,
): Promise<boolean> {
  for (const action of actions)
    if ((await decide(world, caller, factsOf(wanted), { action, resource })).allowed) return true
  return false
}

const factsOf = ({ region }: Pick<ServiceSession, 'region'>): Facts => ({
  region,
  address: '',
  userAgent: 'poolhouse',
  secure: true,
})
