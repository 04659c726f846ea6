/** Logins with the assertions of SAML providers. AWS: Cognito Developer Guide, "SAML providers (identity pools)". */
import { readAssertion, rolesOffered } from '../../sts/providers/assertion.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { type Proof, refuseProvider, refuseToken } from './proof.ts'

/** unproved: that the user's id is the NameID; the claims are all attributes, of which one with one value is a text. */
export async function proveSaml(world: World, _: Pool, provider: string, response: string): Promise<Proof> {
  const asserted = await readAssertion(world, provider, response)
  if ('refusal' in asserted) {
    if (asserted.refusal === 'provider') return refuseProvider()
    // unproved: AWS's sentences for assertions; that one in milliseconds has the time is quoted from reports.
    if (asserted.refusal === 'expired') return refuseToken(`Token expired: ${world.now()}`)
    return refuseToken("Couldn't verify signed token.")
  }
  const { assertion } = asserted
  const claims = Object.fromEntries(
    Object.entries(assertion.attributes).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )
  const roles = rolesOffered(assertion, provider)
  return { provider, userId: assertion.nameId, clientId: '', claims, ...(roles.length > 0 && { roles }) }
}
