/** Which assertions were heard already: each signs one browser in, once. */
import { skew } from '../../protocols/saml/assertion.ts'
import type { World } from '../../world.ts'
import { insertAssertion } from './store.ts'

/** True for the first who comes with the assertion. It is kept for as long as it would be taken. */
export function hearOnce(
  world: Pick<World, 'db' | 'seal'>,
  poolId: string,
  { issuer, id, notOnOrAfter }: { readonly issuer: string; readonly id: string; readonly notOnOrAfter: number },
): Promise<boolean> {
  const hash = world.seal.mac('saml-assertion', JSON.stringify([issuer, id])).toString('base64url')
  return insertAssertion(world.db, poolId, hash, notOnOrAfter + skew)
}
