/** What STS is told of an identity, in a token or directly. AWS: Developer Guide, "Using identity pools", the OpenID token. */
import type { WebIdentity } from '../../sts/web-identity.ts'
import type { Settings } from '../../world.ts'
import type { Admitted } from '../identities/admit.ts'
import { identityIssuer, provider } from '../pools/issuer.ts'
import type { Pool } from '../pools/pool.ts'
import { principalTags } from '../roles/tags.ts'

/** The identity with the tags of its pool. Refuses tags that no session can carry. */
export function webIdentityOf(settings: Settings, pool: Pool, { id, proofs }: Admitted): WebIdentity {
  const tags = principalTags(pool, proofs)
  const signIns = proofs.flatMap(({ signIn }) => signIn ?? [])
  return {
    provider,
    issuer: identityIssuer(settings),
    subject: id,
    audience: pool.id,
    amr: methodsOf(proofs),
    ...(tags.length > 0 && { tags }),
    ...(signIns.length > 0 && { signIns }),
  }
}

/** unproved: only the logins proved in this call are told, not every one that the identity has, and of social logins the provider alone. */
const methodsOf = (proofs: Admitted['proofs']): string[] =>
  proofs.length === 0
    ? ['unauthenticated']
    : [
        'authenticated',
        ...proofs.flatMap(({ provider: name, detail }) => (detail ? [name, `${name}:${detail}`] : [name])),
      ]
