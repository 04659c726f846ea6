/**
 * Things that are one and the same under the ARNs of all regions, because what serves them has no regions: an Allow counts
 * for requests of the region that it names, a Deny of any of the ARNs counts for all.
 */
import type { Caller } from '../wire/caller.ts'
import type { World } from '../world.ts'
import { policiesOf, principalOf, type Wanted } from './authorize.ts'
import { evaluate, type NamedPolicy } from './policy/evaluate.ts'
import { splitArn } from './policy/pattern.ts'
import type { Statement } from './policy/statement.ts'
import { type Facts, requestContext } from './request-context.ts'

export type Asked = { readonly wanted: Wanted; readonly facts: Facts }

/**
 * The same, asked in the first other region under which a Deny names the thing; undefined where none does. A Deny with
 * NotResource names what it leaves alone, so that another region is no way around it.
 */
export function deniedElsewhere(
  world: Pick<World, 'now' | 'settings'>,
  caller: Caller,
  { wanted, facts }: Asked,
): Asked | undefined {
  const arn = splitArn(wanted.resource)
  if (arn?.[3] !== facts.region) return undefined
  const { identity, session = [], boundary, resource, scp = [], rcp = [] } = policiesOf(caller, wanted.resourcePolicy)
  const named = [...identity, ...session, boundary ?? [], resource ?? [], scp.flat(), rcp.flat()].flat()
  const regions = new Set(named.flatMap(({ policy }) => policy.denies).flatMap(regionsOf))
  regions.delete(facts.region)
  return [...regions]
    .map((region) => ({
      facts: { ...facts, region },
      wanted: { ...wanted, resource: arn.with(3, region).join(':') },
    }))
    .find((other) => isDenied(world, caller, other, deniesNaming(named, other.facts.region)))
}

/** The regions in the ARNs of a statement. Of `eu-*` one that fits, which is enough to be matched. */
const regionsOf = ({ resources }: Statement): string[] =>
  resources === undefined || resources.negated
    ? []
    : resources.written
        .map((written) => splitArn(written)?.[3] ?? '*')
        .filter((region) => region !== '*')
        .map((region) => region.replaceAll('*', '').replaceAll('?', 'x'))

const deniesNaming = (policies: readonly NamedPolicy[], region: string): NamedPolicy[] =>
  policies.map((one) => {
    const denies = one.policy.denies.filter((statement) => regionsOf(statement).includes(region))
    return { ...one, policy: { ...one.policy, allows: [], denies } }
  })

function isDenied(
  world: Pick<World, 'now' | 'settings'>,
  caller: Caller,
  { wanted, facts }: Asked,
  identity: readonly NamedPolicy[],
): boolean {
  const { action, resource, resourceAccount = world.settings.account } = wanted
  const context = requestContext(world, caller, facts, wanted)
  const request = { action, resource, resourceAccount, principal: principalOf(caller), context }
  return evaluate(request, { identity }).outcome === 'explicitDeny'
}
