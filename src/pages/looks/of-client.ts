/** How a client's pages look and which language they speak, as its domain's version of hosted login has it. */
import { readCookie } from '../../oauth/cookies.ts'
import { readParameters } from '../../oauth/parameters.ts'
import type { Site } from '../../oauth/site.ts'
import { customizationOf, styleOf } from '../../user-pools/branding/find.ts'
import { completeSettings } from '../../user-pools/branding/style.ts'
import { findClient } from '../../user-pools/clients/find.ts'
import { AwsError } from '../../wire/errors.ts'
import { chooseText } from '../text/choose.ts'
import { en } from '../text/en.ts'
import type { Text } from '../text/text.ts'
import { classicLook, plainLook } from './classic.ts'
import type { Look } from './look.ts'
import { managedLook } from './managed.ts'

/** Version 2 is managed login; version 1, the classic pages. */
export const isManaged = ({ domain }: Pick<Site, 'domain'>): boolean => domain.settings.ManagedLoginVersion === 2

const wishOf = (site: Pick<Site, 'base' | 'call' | 'world'>, managed: boolean) => ({
  asked: readParameters(site.call.query).get('lang'),
  remembered: readCookie(site, 'lang'),
  // AWS: the classic pages speak English; here they speak what the link asks for, too.
  accepted: managed ? site.call.headers['accept-language'] : undefined,
})

/** What was seen of AWS where a client has no style: managed login has no pages for it. */
const refuseUnstyled = (text: Text) => new AwsError('LoginPagesUnavailable', text.error.unavailable, { status: 403 })

export const isUnstyled = (error: unknown): boolean =>
  error instanceof AwsError && error.code === 'LoginPagesUnavailable'

export async function dress(site: Site, clientId: string): Promise<{ text: Text; look: Look }> {
  const { world, pool, base } = site
  if (!isManaged(site)) {
    const text = chooseText(wishOf(site, false))
    // A form is answered by a redirect, which has no look.
    if (site.call.method === 'POST') return { text, look: plainLook }
    return { text, look: classicLook(await customizationOf(world, pool, clientId), base) }
  }
  const found = await styleOf(world, pool, clientId)
  if (!found) throw refuseUnstyled(en)
  const settings = completeSettings(found.style.settings)
  return { text: chooseText(wishOf(site, true), settings), look: managedLook(settings, found.assets, base) }
}

/** The same for a page that may be asked for without a client, or with one that is none of the pool's. */
export async function dressIfKnown(site: Site, clientId: string | undefined): Promise<{ text: Text; look: Look }> {
  const plain = { text: textOf(site), look: plainLook }
  const found = clientId === undefined || clientId.length > 128 ? undefined : await findClient(site.world, clientId)
  if (found?.pool.id !== site.pool.id) return plain
  return dress(site, found.client.id).catch((error: unknown) => {
    if (isUnstyled(error)) return plain
    throw error
  })
}

/** The language of a page for which nothing can be looked up. */
export const textOfCall = (place: Pick<Site, 'base' | 'call' | 'world'>): Text => chooseText(wishOf(place, true))

/** The language of a page that belongs to no client. */
export const textOf = (site: Site): Text => chooseText(wishOf(site, isManaged(site)))
