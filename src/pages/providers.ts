/** The ways to sign in somewhere else: a button for each provider of the client, or one field for an e-mail address. */
import { providerByIdentifier, providersOf } from '../user-pools/federation/find.ts'
import type { IdentityProvider } from '../user-pools/federation/provider.ts'
import { type Html, html } from './html.ts'
import { isManaged } from './looks/of-client.ts'
import type { Visit } from './page.ts'
import { fill } from './text/text.ts'

const titles: Readonly<Record<string, string>> = { LoginWithAmazon: 'Amazon', SignInWithApple: 'Apple' }
const enterprise: ReadonlySet<IdentityProvider['type']> = new Set(['SAML', 'OIDC'])

/** Links and no forms: authorize sends the browser on, and nothing is done before. Undefined where there are none. */
export async function providerButtons(visit: Visit): Promise<Html | undefined> {
  const { site, request } = visit
  const providers = await providersOf(site.world, site.pool, request.client)
  if (providers.length === 0) return undefined
  const saml = providers.filter(({ type }) => type === 'SAML')
  // AWS: the classic pages ask for the address where each of several SAML providers has identifiers.
  const byAddress = !isManaged(site) && saml.length > 1 && saml.every(({ identifiers }) => identifiers.length > 0)
  if (!byAddress) return html`${providers.map((one) => buttonOf(visit, one))}`
  const found =
    request.providerIdentifier === undefined
      ? undefined
      : await providerByIdentifier(site.world, site.pool, request.providerIdentifier)
  const known = saml.find(({ name }) => name === found?.name)
  const others = providers.filter(({ type }) => type !== 'SAML')
  return html`${known ? buttonOf(visit, known) : addressForm(visit)}${others.map((one) => buttonOf(visit, one))}`
}

function buttonOf(visit: Visit, { name, type }: IdentityProvider): Html {
  const look = enterprise.has(type) ? 'idpButton-customizable' : 'socialButton-customizable'
  const title = fill(visit.text.signIn.provider, { name: titles[name] ?? name })
  return html`<a class="button second ${look}" href="${linkTo(visit, name)}">${visit.look.picture?.('IDP_BUTTON_ICON', name)}${title}</a>`
}

export function linkTo({ site, request, note }: Visit, name: string): string {
  const query = new URLSearchParams(request.query)
  query.delete('idp_identifier')
  query.set('identity_provider', name)
  // A page of ours is for somebody who has just signed in: an older session is not enough.
  if (note.next !== undefined) {
    query.set('page', note.next)
    query.set('prompt', 'login')
  }
  return `${site.base}/oauth2/authorize?${query}`
}

/**
 * The domain of the address names the provider, which the next page has a button for: browsers hold the redirects that a
 * form leads to against the page's policy, and a provider may be anywhere.
 */
function addressForm({ site, request, text }: Visit): Html {
  const unknown =
    request.providerIdentifier !== undefined &&
    html`<p class="error errorMessage-customizable" role="alert">${text.error.provider}</p>`
  const query = [...new URLSearchParams(request.query)].filter(
    ([name]) => !/^(idp_identifier|identity_provider)$/.test(name),
  )
  return html`${unknown}<form action="${site.base}/login">${query.map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}<label class="label-customizable" for="idp_identifier">${text.username.email}</label>
<input class="inputField-customizable" id="idp_identifier" name="idp_identifier" type="email" autocomplete="email" required maxlength="256">
<button class="second idpButton-customizable">${text.signIn.next}</button></form>`
}
