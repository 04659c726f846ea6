/**
 * To which identity several logins lead: which one stays, what is linked to it, what is merged into it.
 * AWS: Developer Guide, "Identity pools authentication flow", "Linking logins", "Merging identities".
 */
import { fail } from '../../wire/errors.ts'
import type { Linked, Login } from './identity.ts'

/** AWS: MergeDeveloperIdentities, for all identities. */
const mostLogins = 20

export type Links = {
  /** The id of the identity that has all the logins afterwards; undefined for a new one. */
  readonly keep: string | undefined
  readonly link: readonly Login[]
  /** The ids of those that are merged into it. */
  readonly merge: readonly string[]
}

const same = (a: Login, b: Login) => a.provider === b.provider && a.userId === b.userId

/**
 * The rule, for logins that were all proved. `owners` are the identities that have one of them; `named` is the one that
 * the caller asked for. Refuses a user without a proved login, and two users of one provider.
 */
export function planLinks(logins: readonly Login[], owners: readonly Linked[], named?: Linked): Links {
  if (named && named.kind !== 'guest' && !owners.some(({ id }) => id === named.id)) refuseLogins()
  const link = logins.filter((login) => !owners.some((owner) => owner.logins.some((one) => same(one, login))))
  checkTogether([...owners.flatMap((owner) => owner.logins), ...link])
  // An identity that had the login before outlives a guest. unproved: of two users, the older stays; AWS does not say which.
  const [keep] = owners.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  const merge = [...owners, ...(named?.kind === 'guest' && keep ? [named] : [])].filter((one) => one.id !== keep?.id)
  return { keep: keep?.id ?? named?.id, link, merge: merge.map(({ id }) => id) }
}

/** What may be the logins of one identity: one user of each provider, and not too many. */
function checkTogether(logins: readonly Login[]) {
  if (new Set(logins.map(({ provider }) => provider)).size < logins.length) {
    // unproved: the sentence, which public reports quote for this exception.
    fail('ResourceConflictException', 'Logins are already linked to another account.')
  }
  if (logins.length > mostLogins) {
    // unproved: code and sentence.
    fail('LimitExceededException', `An identity can have at most ${mostLogins} linked logins.`)
  }
}

export const refuseLogins = (): never =>
  fail(
    'NotAuthorizedException',
    "Logins don't match. Please include at least one valid login for this identity or identity pool.",
  )
