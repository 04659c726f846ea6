/** `/passkeys/add`: a passkey for whoever is signed in; then on to the app. AWS: "The managed login passkey endpoint". */
import { grant } from '../oauth/grant.ts'
import { readParameters } from '../oauth/parameters.ts'
import { redirect } from '../oauth/refusals.ts'
import type { SignedIn } from '../user-pools/authorizations/browser.ts'
import { readDocument } from '../user-pools/passkeys/authentication.ts'
import { beginRegistration, completeRegistration } from '../user-pools/passkeys/registration.ts'
import type { Answer } from '../wire/http.ts'
import { html } from './html.ts'
import { forgetNote, goTo, linkTo, phrase, render, type Visit } from './page.ts'
import { passkeyForm, passkeyScript } from './passkey-form.ts'
import type { Form } from './questions.ts'
import { signInFirst, whoIsHere } from './signed-in.ts'

const path = '/passkeys/add'
/** Adding a way in is for somebody who has just proved who they are, and not for whoever finds the browser open. */
const freshSeconds = 15 * 60

export async function addPasskeyPage(visit: Visit): Promise<Answer> {
  const { site, text, request } = visit
  const here = await whoIsHere(visit, freshSeconds)
  if (!here) return signInFirst(visit, path)
  const options = await beginRegistration(site.world, site.pool, here.user, request.client.id)
  const words = text.passkey
  return render(
    visit,
    words.addTitle,
    (
      hidden,
    ) => html`${visit.look.picture?.('PASSKEY_GRAPHIC')}<form method="post" action="${linkTo(visit, path)}">${hidden}
${passkeyForm(text, JSON.stringify(options), words.addIntro, words.addButton)}
<button class="plain" name="later" value="yes" formnovalidate>${words.later}</button></form>`,
    { script: passkeyScript },
  )
}

export async function addPasskey(visit: Visit, form: Form): Promise<Answer> {
  const { site, request, text } = visit
  const here = await whoIsHere(visit, freshSeconds)
  if (!here) return signInFirst(visit, path)
  if (form.get('later') !== undefined) return goOn(visit, here)
  try {
    const credential = readDocument(form.get('credential') ?? '')
    await completeRegistration(site.world, site.pool, here.user, request.client.id, credential)
  } catch (error) {
    phrase(text, error)
    return goTo(visit, path, { ...visit.note, error: text.passkey.failed })
  }
  return goOn(visit, here)
}

/** To the app: with what it asked for, or as it is where it asked for nothing but the passkey. */
async function goOn(visit: Visit, here: SignedIn): Promise<Answer> {
  const { site, request, note, text } = visit
  if (note.next === '/account') return goTo(visit, '/account', { notice: text.account.saved })
  const asked = readParameters(site.call.query).get('alone') === undefined
  return redirect(asked ? await grant(site, { ...request, page: undefined }, here) : request.redirectUri, 303, [
    forgetNote(site),
  ])
}
