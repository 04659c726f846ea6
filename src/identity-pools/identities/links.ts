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

/**
 * The rule for a developer's signed call: `login` is vouched for, `others` were proved. Refuses to take a developer's user
 * from another identity, and an identity with public logins of which none was proved. AWS: GetOpenIdTokenForDeveloperIdentity.
 */
export function planDeveloperLinks(
  login: Login,
  others: readonly Login[],
  owners: readonly Linked[],
  named?: Linked,
): Links {
  const all = [login, ...others]
  if (!named) return planLinks(all, owners)
  const owner = owners.find(({ logins }) => logins.some((one) => same(one, login)))
  if (owner && owner.id !== named.id) {
    // unproved: the sentence.
    fail('DeveloperUserAlreadyRegisteredException', 'Developer user is already registered with another identity.')
  }
  if (named.kind === 'guest' || owners.some(({ id }) => id === named.id)) return planLinks(all, owners, named)
  // An identity that only developers vouch for takes another user of theirs; one without any login is out of reach.
  if (named.logins.length === 0 || named.logins.some(({ developer }) => !developer)) refuseLogins()
  return planLinks(all, [...owners, named], named)
}

/** The rule for merging one developer's user into another: the destination stays. AWS: MergeDeveloperIdentities. */
export function planDeveloperMerge(source: Login, destination: Login, owners: readonly Linked[]): Links {
  const ownerOf = (login: Login) =>
    owners.find(({ logins }) => logins.some((one) => same(one, login))) ?? refuseDeveloperUser(login.userId)
  const [from, into] = [ownerOf(source), ownerOf(destination)]
  checkTogether(owners.flatMap((owner) => owner.logins))
  return { keep: into.id, link: [], merge: from.id === into.id ? [] : [from.id] }
}

/** unproved: AWS's sentence. */
export const refuseDeveloperUser = (userId: string): never =>
  fail('ResourceNotFoundException', `Developer user '${userId}' not found.`)

/** What may be the logins of one identity: one user of each provider but the developer's, and not too many. */
function checkTogether(logins: readonly Login[]) {
  const others = logins.filter(({ developer }) => !developer)
  if (new Set(others.map(({ provider }) => provider)).size < others.length) {
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
