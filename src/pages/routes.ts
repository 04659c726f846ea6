/** The pages of a domain by their paths, as AWS spells them, and what answers any request to a domain. */
import { anyOrigin } from '../oauth/cors.ts'
import { endpoints, isForPrograms } from '../oauth/endpoints.ts'
import { answerRefusal, jsonFailure, redirect } from '../oauth/refusals.ts'
import { type Endpoint, findSite, nameSite, type Site } from '../oauth/site.ts'
import { AwsError } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { Settings, World } from '../world.ts'
import { accountPage, changeAccount, signedOutOfAll, signedOutPage } from './account.ts'
import { image, scripts } from './assets.ts'
import { confirmDevicePage, decideDevicePage, devicePage } from './device.ts'
import { errorPage, failurePage, refusalPage } from './error.ts'
import { forgot, forgotPage, reset, resetPage } from './forgot-password.ts'
import { type Api, goTo, openVisit, readPosted, type Visit } from './page.ts'
import { addPasskey, addPasskeyPage } from './passkeys.ts'
import type { Form } from './questions.ts'
import { answerChallenge, challengePage, signIn, signInPage } from './sign-in.ts'
import { confirm, confirmPage, resend, signUp, signUpPage } from './sign-up.ts'

type Page = {
  readonly show?: (visit: Visit) => Answer | Promise<Answer>
  readonly act?: (visit: Visit, form: Form) => Promise<Answer>
  /** Reached without an authorization request, too: what an app gives is enough to know the client and the way back. */
  readonly alone?: true
  /** Reached without a client, too. */
  readonly bare?: (site: Site) => Answer
}

const pages: Readonly<Record<string, Page>> = {
  '/login': { show: signInPage, act: signIn },
  // The paths of the challenges are not known of AWS.
  '/mfa': { show: challengePage, act: answerChallenge },
  '/signup': { show: signUpPage, act: signUp },
  '/confirm': { show: confirmPage, act: confirm },
  '/resendcode': { act: resend },
  '/forgotPassword': { show: forgotPage, act: forgot },
  '/confirmforgotPassword': { show: resetPage, act: reset },
  '/passkeys/add': { show: addPasskeyPage, act: addPasskey, alone: true },
  // Not of AWS.
  '/account': { show: accountPage, act: changeAccount, alone: true },
  '/device/confirm': { show: confirmDevicePage, act: decideDevicePage },
  '/signedout': { show: signedOutPage, alone: true, bare: signedOutOfAll },
}

/** A form that is not ours, or is too old, is answered by the page itself: nothing was done. */
const pageEndpoint =
  ({ show, act, alone, bare }: Page, api: Api): Endpoint =>
  async (site) => {
    const { method } = site.call
    if (bare && method === 'GET' && !new URLSearchParams(site.call.query).has('client_id')) return bare(site)
    const form = method === 'POST' && act ? await readPosted(site) : undefined
    const visit = await openVisit(alone ? withResponseType(site) : site, api, form)
    if (form && act) return act(visit, form)
    if (method === 'POST' && act) return goTo(visit, show ? site.path : '/login', { error: visit.text.failures.stale })
    if ((method === 'GET' || method === 'HEAD') && show) return show(visit)
    return plain(405, 'Method not allowed.\n')
  }

/** The one parameter that a page by itself does not need; `alone` says that the app did not send it. */
function withResponseType(site: Site): Site {
  const { query } = site.call
  if (new URLSearchParams(query).has('response_type')) return site
  return { ...site, call: { ...site.call, query: `${query}&response_type=code&alone=yes` } }
}

const plain = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
})

/** What is no page, and no program asks for. */
const others: Readonly<Record<string, Endpoint>> = {
  '/assets/image': image,
  ...scripts,
  '/device': devicePage,
  '/error': errorPage,
}

const paths: ReadonlySet<string> = new Set([endpoints, pages, others].flatMap((table) => Object.keys(table)))

/** Whether a request is to a domain, existing or not. */
export const isSiteCall = (settings: Pick<Settings, 'publicUrl'>, call: Call): boolean =>
  nameSite(settings, call, paths) !== undefined

/** How a domain answers where it is nobody's mistake: programs in OAuth's words, people on a page that says what to do. */
export function brokenSite(world: World, call: Call, failure: AwsError): Answer {
  const { base = '', path = call.path } = nameSite(world.settings, call, paths) ?? {}
  return isForPrograms(path) ? jsonFailure(failure, anyOrigin) : failurePage({ base, call, world }, failure)
}

/** Answers requests to domains. `note` tells the log which path it was. */
export function answerSites(
  world: World,
  api: Api,
): (call: Call, note: (operation: string) => void) => Promise<Answer> {
  const routes: Readonly<Record<string, Endpoint>> = {
    ...endpoints,
    ...Object.fromEntries(Object.entries(pages).map(([path, page]) => [path, pageEndpoint(page, api)])),
    ...others,
  }
  return async (call, note) => {
    const named = nameSite(world.settings, call, paths)
    const site = named && (await findSite(world, call, named))
    if (!site) return plain(404, 'There is no such domain.\n')
    const endpoint = Object.hasOwn(routes, site.path) ? routes[site.path] : undefined
    if (!endpoint) return plain(404, 'There is nothing here.\n')
    note(`hosted:${site.path}`)
    try {
      return await endpoint(site)
    } catch (error) {
      const refusal = answerRefusal(error, site.base) ?? (error instanceof AwsError ? refusalPage(error) : undefined)
      if (!refusal) throw error
      // After a form a redirect must not repeat the POST.
      return call.method === 'POST' && refusal.status === 302
        ? redirect(refusal.headers['location'] ?? '', 303)
        : refusal
    }
  }
}
