/**
 * What the pages have that links of messages lead to: the look of the client that the message was about, the language of
 * whoever reads it, and ways on, to the sign-in and to the application.
 */
import { findSite, nameSite, type Site } from '../oauth/site.ts'
import type { Client } from '../user-pools/clients/client.ts'
import { domainUrl, pathOf } from '../user-pools/domains/domain.ts'
import { firstDomain } from '../user-pools/domains/find.ts'
import { extensionsOf } from '../user-pools/oauth-extensions/extensions.ts'
import type { Pool } from '../user-pools/pools/pool.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { type Html, html } from './html.ts'
import { plainLook } from './looks/classic.ts'
import type { Look } from './looks/look.ts'
import { dress, isManaged, isUnstyled, textOfCall } from './looks/of-client.ts'
import { plainPage } from './page.ts'
import { fill, type Text } from './text/text.ts'

export type Message = {
  readonly text: Text
  readonly look: Look
  /** The address of a page where somebody begins at this client; undefined where it has no hosted login. */
  readonly link: (path: '/login' | '/forgotPassword') => string | undefined
  readonly client: Client | undefined
}

/** `owner` is whom the link is about; `path` where it leads. Of what it names wrongly nothing is shown. */
export async function openMessage(
  world: World,
  call: Call,
  path: string,
  owner: { readonly pool: Pool; readonly client: Client } | undefined,
): Promise<Message> {
  const place = { base: '', call, world }
  const bare: Message = { text: textOfCall(place), look: plainLook, link: () => undefined, client: owner?.client }
  const site = owner && (await siteFor(world, call, path, owner.pool))
  if (!owner || !site) return bare
  const { client } = owner
  try {
    const { look, text } = await dress(site, client.id)
    // The classic pages speak English by themselves; who came by a message has chosen nothing yet.
    const own = isManaged(site) ? text : bare.text
    const query = await requestFor(world, client, isManaged(site) ? undefined : own.lang)
    const at = domainUrl(world.settings, site.domain)
    return { text: own, look, client, link: (page) => query && `${at}${page}?${query}` }
  } catch (error) {
    // Managed login has no pages for a client without a style; the link is good nevertheless.
    if (isUnstyled(error)) return bare
    throw error
  }
}

/** The domain that the browser came to, or under the server's own name the path form of the pool's. */
async function siteFor(world: World, call: Call, path: string, pool: Pool): Promise<Site | undefined> {
  // What is shown is a page, whatever was posted.
  const shown: Call = { ...call, method: 'GET' }
  const named = nameSite(world.settings, call, new Set([path]))
  const here = named && (await findSite(world, shown, named))
  if (named) return here?.pool.id === pool.id ? here : undefined
  const domain = await firstDomain(world, pool.id)
  return domain && { world, call: shown, pool, domain, base: pathOf(domain.name), path }
}

/** An authorization request as the app itself could make it; undefined where it must be made in some way of its own. */
async function requestFor(world: World, client: Client, lang: string | undefined): Promise<string | undefined> {
  const { AllowedOAuthFlowsUserPoolClient, AllowedOAuthFlows = [] } = client.settings
  const address = callbackOf(client)
  const flow = AllowedOAuthFlows.find((one) => one === 'code' || one === 'implicit')
  if (AllowedOAuthFlowsUserPoolClient !== true || address === undefined || flow === undefined) return undefined
  const { pushedRequests, dpop } = await extensionsOf(world, client)
  if (pushedRequests === 'required' || dpop === 'required') return undefined
  return new URLSearchParams({
    client_id: client.id,
    response_type: flow === 'code' ? 'code' : 'token',
    redirect_uri: address,
    ...(lang !== undefined && lang !== 'en' && { lang }),
  }).toString()
}

const callbackOf = ({ settings: { DefaultRedirectURI, CallbackURLs: [first] = [] } }: Client) =>
  DefaultRedirectURI ?? first

/** Where the application is at home, by the address that is registered for it. */
export function homeLink(client: Client, text: Text, second = false): Html | undefined {
  const address = callbackOf(client)
  const url = address !== undefined && URL.canParse(address) ? new URL(address) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  const classes = second ? 'button second' : 'button'
  return html`<a class="${classes}" href="${url.origin}/">${fill(text.error.back, { where: url.host })}</a>`
}

/** To the page at first, and to the application. */
export function waysOn({ text, client, link }: Message, to: '/login' | '/forgotPassword' = '/login'): Html {
  const first = link(to)
  const label = to === '/login' ? text.signIn.button : text.reset.title
  return html`${first !== undefined && html`<a class="button" href="${first}">${label}</a>`}${
    client && homeLink(client, text, first !== undefined)
  }`
}

/** The addresses of messages are somebody's own, and belong in no index. */
export function messagePage(status: number, { text, look }: Message, title: string, content: Html): Answer {
  const answer = plainPage(status, text, title, content, look)
  return { ...answer, headers: { ...answer.headers, 'x-robots-tag': 'noindex' } }
}
