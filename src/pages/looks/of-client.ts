/** How a client's pages look and which language they speak, as its domain's version of hosted login has it. */
import { readCookie } from '../../oauth/cookies.ts'
import { readParameters } from '../../oauth/parameters.ts'
import type { Site } from '../../oauth/site.ts'
import { customizationOf, styleOf } from '../../user-pools/branding/find.ts'
import { completeSettings } from '../../user-pools/branding/style.ts'
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

/** The language of a page for which nothing can be looked up. */
export const textOfCall = (place: Pick<Site, 'base' | 'call' | 'world'>): Text => chooseText(wishOf(place, true))

/** The language of a page that belongs to no client. */
export const textOf = (site: Site): Text => chooseText(wishOf(site, isManaged(site)))
