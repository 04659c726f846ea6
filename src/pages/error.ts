/** `/error`: what the app asked cannot be done, and there is no address to send the browser to. It leads nowhere. */
import { readParameters } from '../oauth/parameters.ts'
import type { Site } from '../oauth/site.ts'
import type { Answer } from '../wire/http.ts'
import { html } from './html.ts'
import { plainPage } from './page.ts'
import { en } from './text/en.ts'

/** Only errors we know are named: the address is anybody's to write. unproved: the status. */
export function errorPage({ call }: Pick<Site, 'call'>): Answer {
  const { title, intro, advice, known } = en.error
  const error = readParameters(call.query).get('error') ?? ''
  const named = Object.hasOwn(known, error)
  return plainPage(
    400,
    en,
    title,
    html`<p>${intro}</p>
${named && html`<p>${known[error]} <span class="soft">(${error})</span></p>`}<p class="soft">${advice}</p>`,
  )
}
