/** ARNs of resources behind the gateway: ours for policies, the other server's on the way out. */
import { fail } from '../../wire/errors.ts'
import type { ResourceService, UpstreamServer } from '../../world.ts'
import type { Asking } from './asking.ts'
import { findUpstream } from './upstreams.ts'

type Arn = {
  readonly service: string
  readonly region: string
  readonly account: string
  /** What follows the account: `table/T`. */
  readonly rest: string
}

export function readArn(text: string): Arn | undefined {
  const [, service, region, account, rest] = /^arn:aws[\w-]*:([\w-]*):([\w-]*):(\d*):(.+)$/s.exec(text) ?? []
  return service === undefined || region === undefined || account === undefined || rest === undefined
    ? undefined
    : { service, region, account, rest }
}

/** A resource of our own account in the request's region. */
export const ownArn = ({ world, region }: Asking, service: ResourceService, rest: string): string =>
  `arn:aws:${service}:${region}:${world.settings.account}:${rest}`

export type Resource = {
  readonly name: string
  /** What policies are asked about. */
  readonly arn: string
  readonly account: string
  readonly server: UpstreamServer | undefined
  /** The ARN that the server gave it, where that is not made of what is set for the server. */
  readonly spelled?: string
}

/** The region in the ARNs of DynamoDB Local, whatever requests are signed for. */
const localRegion = 'ddblocal'

/**
 * The resource of a name or of an ARN, whether it is spelled with our account or with that of the server behind it, as
 * that server's own answers spell it. Anybody else's account stays what it is, for policy to refuse. `restOf` makes the
 * end of an ARN of a name; `nameOf` reads it back.
 */
export function readResource(
  asking: Asking,
  service: ResourceService,
  given: string,
  { restOf, nameOf }: { restOf(name: string): string; nameOf(rest: string): string | undefined },
): Resource {
  const { settings } = asking.world
  const arn = readArn(given)
  if (!arn) {
    const server = findUpstream(settings.upstreams, service, given)
    return { name: given, arn: ownArn(asking, service, restOf(given)), account: settings.account, server }
  }
  const name = nameOf(arn.rest) ?? fail('ValidationException', `Invalid ARN: ${given.slice(0, 200)}`)
  const server = findUpstream(settings.upstreams, service, name)
  if (arn.service !== service) fail('ValidationException', `Invalid ARN: ${given.slice(0, 200)}`)
  const regions = [asking.region, server?.region ?? asking.region, ...(server ? [localRegion] : [])]
  if (!regions.includes(arn.region)) {
    fail('ValidationException', `The ARN is of another region than the request: ${arn.region.slice(0, 40)}`)
  }
  const ours = [settings.account, server?.account ?? settings.account, ...(server ? ['000000000000'] : [])]
  if (!ours.includes(arn.account)) return { name, arn: given, account: arn.account, server }
  const spelled = arn.region === localRegion && { spelled: given }
  return { name, arn: ownArn(asking, service, arn.rest), account: settings.account, server, ...spelled }
}

/** The ARN as the server behind spells it. */
export function serverArn(
  asking: Pick<Asking, 'region'>,
  service: ResourceService,
  { arn, server, spelled }: Resource,
): string {
  if (spelled !== undefined) return spelled
  const read = readArn(arn)
  if (!read) return arn
  const account = server?.account ?? read.account
  return `arn:aws:${service}:${server?.region ?? asking.region}:${account}:${read.rest}`
}
