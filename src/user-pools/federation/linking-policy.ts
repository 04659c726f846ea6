/**
 * Beyond AWS: whether a provider's new subject may open an account that is there already. A member `linking_policy` of
 * ProviderDetails says so. `never` is what AWS does: link by AdminLinkProviderForUser only.
 */
import type { IdentityProvider } from './provider.ts'

export const linkingPolicies = ['never', 'verified-email', 'ask'] as const
export type LinkingPolicy = (typeof linkingPolicies)[number]

export const isLinkingPolicy = (text: string): text is LinkingPolicy =>
  (linkingPolicies as readonly string[]).includes(text)

export function linkingPolicy({ details }: Pick<IdentityProvider, 'details'>): LinkingPolicy {
  const given = details['linking_policy']
  return given !== undefined && isLinkingPolicy(given) ? given : 'never'
}
