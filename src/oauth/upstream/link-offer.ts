/**
 * The policy `ask`: a provider's subject whose verified address belongs to an account may open it after somebody signed
 * in to that account, once, in this browser. Until then the offer is a sealed cookie, for minutes.
 */
import { offerLink } from '../../user-pools/federation/link-offer.ts'
import type { Assertion, IdentityProvider } from '../../user-pools/federation/provider.ts'
import { cookie, readCookie } from '../cookies.ts'
import type { Site } from '../site.ts'

const offerName = 'link-offer'
const purpose = 'link-offer'
const seconds = 600
const boundTo = ({ pool, domain }: Site) => `${pool.id}/${domain.name}`

type Offer = {
  readonly provider: string
  readonly subject: string
  readonly issuer?: string | undefined
  readonly sub: string
  readonly until: number
}

export function offerCookie(
  site: Site,
  { name }: IdentityProvider,
  { subject, issuer }: Pick<Assertion, 'subject' | 'issuer'>,
  sub: string,
): string {
  const { world } = site
  const offer: Offer = { provider: name, subject, issuer, sub, until: world.now() + seconds * 1000 }
  return cookie(site, offerName, world.seal.seal(purpose, JSON.stringify(offer), boundTo(site)), seconds)
}

function readOffer(site: Site): Offer | undefined {
  const sealed = readCookie(site, offerName)
  const plain = sealed && site.world.seal.open(purpose, sealed, boundTo(site))
  if (!plain) return undefined
  const offer = JSON.parse(plain.toString()) as Offer
  return offer.until > site.world.now() ? offer : undefined
}

/** What says that somebody who saw the offer wants an account of the provider's own. */
export const keepApart = 'link=no'

/** Whether the request says so, of this very subject: nobody can be made to say it who was not asked. */
export function declinesOffer(
  site: Site,
  query: string,
  { name }: IdentityProvider,
  { subject }: Pick<Assertion, 'subject'>,
): boolean {
  const offer = readOffer(site)
  return new URLSearchParams(query).get('link') === 'no' && offer?.provider === name && offer.subject === subject
}

/** The name of the provider that an offer waits for, so that the sign-in page can say why it asks. */
export const offeredProvider = (site: Site): string | undefined => readOffer(site)?.provider

/** Somebody signed in: links if it is the account of an offer. Answers the cookies that end the offer. */
export async function acceptOffer(site: Site, user: { readonly sub: string }): Promise<string[]> {
  const offer = readOffer(site)
  if (!offer) return []
  if (offer.sub === user.sub) await offerLink(site.world, site.pool, offer)
  return [cookie(site, offerName, '', 0)]
}
