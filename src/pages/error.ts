/** `/error`: what the app asked cannot be done, and there is no address to send the browser to. It leads nowhere. */
import { readParameters } from '../oauth/parameters.ts'
import type { Site } from '../oauth/site.ts'
import type { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { html } from './html.ts'
import { plainPage } from './page.ts'
import { en } from './text/en.ts'

/** A rule of the API refused where no form can say so: a function of the pool's failed, or a body was too long. */
export const refusalPage = ({ message, status }: AwsError): Answer =>
  plainPage(status ?? 400, en, en.error.title, html`<p>${message}</p><p class="soft">${en.error.advice}</p>`)

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
