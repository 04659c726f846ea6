/** The ways to sign in somewhere else: a button for each provider of the client, or one field for an e-mail address. */
import { providersOf } from '../user-pools/federation/find.ts'
import type { IdentityProvider } from '../user-pools/federation/provider.ts'
import { type Html, html } from './html.ts'
import { isManaged } from './looks/of-client.ts'
import type { Visit } from './page.ts'
import { fill } from './text/text.ts'

const titles: Readonly<Record<string, string>> = { LoginWithAmazon: 'Amazon', SignInWithApple: 'Apple' }
const enterprise: ReadonlySet<IdentityProvider['type']> = new Set(['SAML', 'OIDC'])

/** Links and no forms: authorize sends the browser on, and nothing is done before. Undefined where there are none. */
export async function providerButtons(visit: Visit): Promise<Html | undefined> {
  const { site, request, text } = visit
  const providers = await providersOf(site.world, site.pool, request.client)
  const [first] = providers
  if (!first) return undefined
  const saml = providers.filter(({ type }) => type === 'SAML')
  // AWS: the classic pages ask for the address where each of several SAML providers has identifiers.
  const byAddress = !isManaged(site) && saml.length > 1 && saml.every(({ identifiers }) => identifiers.length > 0)
  const shown = byAddress ? providers.filter(({ type }) => type !== 'SAML') : providers
  return html`${byAddress && addressForm(visit)}${shown.map(
    ({ name, type }) =>
      html`<a class="button second ${enterprise.has(type) ? 'idpButton-customizable' : 'socialButton-customizable'}" href="${linkTo(
        visit,
        name,
      )}">${fill(text.signIn.provider, { name: titles[name] ?? name })}</a>`,
  )}`
}

function linkTo({ site, request }: Visit, name: string): string {
  const query = new URLSearchParams(request.query)
  query.delete('idp_identifier')
  query.set('identity_provider', name)
  return `${site.base}/oauth2/authorize?${query}`
}

/** The domain of the address names the provider. */
function addressForm({ site, request, text }: Visit): Html {
  const query = [...new URLSearchParams(request.query)].filter(
    ([name]) => !/^(idp_identifier|identity_provider)$/.test(name),
  )
  return html`<form action="${site.base}/oauth2/authorize">${query.map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}<label class="label-customizable" for="idp_identifier">${text.username.email}</label>
<input class="inputField-customizable" id="idp_identifier" name="idp_identifier" type="email" autocomplete="email" required maxlength="256">
<button class="second idpButton-customizable">${text.signIn.next}</button></form>`
}
