/** The tables whose rows expire, gathered from the slices that own them; the sweeper deletes what is past its time. */
import { expiring as delegationRequests } from './iam/delegation-requests/store.ts'
import { expiring as denials } from './iam/denials-store.ts'
import { expiring as serviceAccess } from './iam/service-access/store.ts'
import { expiring as identityPools } from './identity-pools/pools/store.ts'
import type { Expiring } from './store/sweep.ts'
import { expiring as sync } from './sync/outbox/store.ts'
import { expiring as pending } from './user-pools/authorizations/pending-store.ts'
import { expiring as authorizations } from './user-pools/authorizations/store.ts'
import { expiring as codes } from './user-pools/codes/expiring.ts'
import { expiring as federation } from './user-pools/federation/pending-store.ts'
import { expiring as passkeys } from './user-pools/passkeys/store.ts'
import { expiring as risk } from './user-pools/risk/expiring.ts'
import { expiring as saml } from './user-pools/saml/store.ts'
import { expiring as signIn } from './user-pools/sign-in/store.ts'
import { expiring as tokens } from './user-pools/tokens/store.ts'

export const expiring: readonly Expiring[] = [
  ...codes,
  ...signIn,
  ...passkeys,
  ...tokens,
  ...authorizations,
  ...pending,
  ...federation,
  ...risk,
  ...saml,
  ...identityPools,
  ...denials,
  ...delegationRequests,
  ...serviceAccess,
  ...sync,
]
