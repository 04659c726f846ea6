/** `/error`: what the app asked cannot be done, and there is no address to send the browser to. */
import { type Parameters, readParameters } from '../oauth/parameters.ts'
import type { Site } from '../oauth/site.ts'
import { findClient } from '../user-pools/clients/find.ts'
import type { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { homeLink } from './from-message.ts'
import { type Html, html } from './html.ts'
import { dressIfKnown, textOfCall } from './looks/of-client.ts'
import { plainPage } from './page.ts'
import { en } from './text/en.ts'
import type { Text } from './text/text.ts'

/** A rule of the API refused where no form can say so: a function of the pool's failed, or a body was too long. */
export const refusalPage = ({ message, status }: AwsError): Answer =>
  plainPage(status ?? 400, en, en.error.title, html`<p>${message}</p><p class="soft">${en.error.advice}</p>`)

/** It is nobody's mistake: the database is away for a while, or something is wrong with us. */
export function failurePage(place: Pick<Site, 'base' | 'call' | 'world'>, { status = 500 }: AwsError): Answer {
  const text = textOfCall(place)
  const { title, later, laterAdvice, advice } = text.error
  return status === 503
    ? plainPage(status, text, later, html`<p>${laterAdvice}</p>`)
    : plainPage(status, text, title, html`<p>${advice}</p>`)
}

/** The errors we know; the address is anybody's to write. */
const known: Readonly<Record<string, keyof Text['error']>> = {
  redirect_mismatch: 'redirect_mismatch',
  'Client does not exist': 'client',
  'Required parameters missing': 'missing',
  'Login option is not available. Please try another one': 'provider',
  'Invalid state': 'state',
  invalid_request_uri: 'request',
  "Required String parameter 'redirect_uri' is not present": 'signOut',
  "Required String parameter 'response_type' is not present": 'missing',
}

/** unproved: the status. */
export async function errorPage(site: Site): Promise<Answer> {
  const given = readParameters(site.call.query)
  const { text, look } = await dressIfKnown(site, given.get('client_id'))
  const { title, intro, advice } = text.error
  const error = given.get('error') ?? ''
  const name = Object.hasOwn(known, error) ? known[error] : undefined
  const sentence = name && html`<p>${text.error[name]} <span class="soft">(${error})</span></p>`
  return plainPage(
    400,
    text,
    title,
    html`<p>${intro}</p>
${sentence}<p class="soft">${advice}</p>${await wayBack(site, given, text)}`,
    look,
  )
}

/** Where a client's registered addresses are; nowhere that the address of this page says. */
async function wayBack({ world, pool }: Site, given: Parameters, text: Text): Promise<Html | undefined> {
  const id = given.get('client_id')
  const found = id !== undefined && id.length <= 128 ? await findClient(world, id) : undefined
  if (found?.pool.id !== pool.id) return undefined
  return homeLink(found.client, text)
}
