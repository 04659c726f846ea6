/** Buttons to sign in somewhere else: one for each provider of the client. */
import type { Client } from '../user-pools/clients/client.ts'
import { type Html, html } from './html.ts'
import type { Visit } from './page.ts'
import { fill } from './text/text.ts'

const local = 'COGNITO'

/** The providers beside the pool itself, in the client's order. */
export const providerNames = ({ settings }: Client): string[] =>
  (settings.SupportedIdentityProviders ?? []).filter((name) => name !== local)

/** Whether the pool's own users may sign in through the client. */
export const hasOwnUsers = ({ settings }: Client): boolean => {
  const all = settings.SupportedIdentityProviders ?? []
  return all.length === 0 || all.includes(local)
}

const titles: Readonly<Record<string, string>> = { LoginWithAmazon: 'Amazon', SignInWithApple: 'Apple' }
const social: ReadonlySet<string> = new Set(['Facebook', 'Google', ...Object.keys(titles)])

/** Links and no forms: authorize sends the browser on, and nothing is done before. */
export function providerButtons({ site, request, text }: Visit): Html {
  const link = (name: string): string => {
    const query = new URLSearchParams(request.query)
    query.delete('idp_identifier')
    query.set('identity_provider', name)
    return `${site.base}/oauth2/authorize?${query}`
  }
  return html`${providerNames(request.client).map(
    (name) =>
      html`<a class="button second ${social.has(name) ? 'socialButton-customizable' : 'idpButton-customizable'}" href="${link(name)}">${fill(
        text.signIn.provider,
        { name: titles[name] ?? name },
      )}</a>`,
  )}`
}
