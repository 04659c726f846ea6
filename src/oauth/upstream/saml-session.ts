/** The session that a browser has at a SAML identity provider, in a sealed cookie: what ends there when the browser signs out here. */
import type { SamlSession } from '../../protocols/saml/requests.ts'
import type { IdentityProvider } from '../../user-pools/federation/provider.ts'
import { isOn } from '../../user-pools/saml/details.ts'
import { cookie, readCookie } from '../cookies.ts'
import type { Site } from '../site.ts'

export type SessionThere = SamlSession & { readonly provider: string }

const name = 'saml-session'
const purpose = 'saml-session'
const boundTo = ({ pool, domain }: Site) => `${pool.id}/${domain.name}`
/** Browsers keep no cookie above 4,096 bytes. */
const mostBytes = 3_500
/** How long it is worth asking: sessions at identity providers outlive ours. */
const seconds = 24 * 3600

/** The cookie to set; none where the provider is not told of sign-outs. */
export function rememberSession(site: Site, provider: IdentityProvider, said: SamlSession): string[] {
  if (!isOn(provider.details, 'IDPSignout')) return []
  const { nameId, nameIdFormat, nameQualifier, spNameQualifier, sessionIndex } = said
  const session: SessionThere = {
    ...{ provider: provider.name, nameId, nameIdFormat, nameQualifier, spNameQualifier, sessionIndex },
  }
  const until = site.world.now() + seconds * 1000
  const sealed = site.world.seal.seal(purpose, JSON.stringify({ ...session, until }), boundTo(site))
  if (sealed.length <= mostBytes) return [cookie(site, name, sealed, seconds)]
  site.world.log.warn({ pool: site.pool.id, provider: provider.name }, 'a SAML session is too long for a cookie')
  return []
}

export function readSession(site: Site): SessionThere | undefined {
  const sealed = readCookie(site, name)
  const plain = sealed === undefined ? undefined : site.world.seal.open(purpose, sealed, boundTo(site))
  if (!plain) return undefined
  const { until, ...session } = JSON.parse(plain.toString()) as SessionThere & { until: number }
  return until > site.world.now() ? session : undefined
}

export const forgetSession = (site: Site): string => cookie(site, name, '', 0)

export const hasSession = (site: Site): boolean => readCookie(site, name) !== undefined
