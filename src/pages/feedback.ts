/**
 * `/feedback`: where the links of a notice lead. The link shows a question and the press of a button answers it, because
 * mail programs follow links by themselves; the token in the address is all the proof there is.
 */
import { readParameters } from '../oauth/parameters.ts'
import { findClient } from '../user-pools/clients/find.ts'
import { onlyAdministrators } from '../user-pools/passwords/recovery.ts'
import type { FeedbackValue } from '../user-pools/risk/event.ts'
import { type FeedbackTicket, feedbackPath, giveFeedback, readFeedbackToken } from '../user-pools/risk/feedback.ts'
import { readBody } from '../wire/body.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { messagePage, openMessage, waysOn } from './from-message.ts'
import { type Html, html } from './html.ts'
import type { Text } from './text/text.ts'

export const isFeedbackCall = (call: Call): boolean => call.path === feedbackPath

const values: readonly FeedbackValue[] = ['Valid', 'Invalid']
const buttons = { Valid: 'validButton', Invalid: 'invalidButton' } as const satisfies Record<
  FeedbackValue,
  keyof Text['feedback']
>

const longestForm = 32_768

/** `GET` asks, `POST` keeps the answer. */
export async function answerFeedback(world: World, call: Call): Promise<Answer> {
  if (call.method !== 'GET' && call.method !== 'POST') {
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', allow: 'GET, POST' }
    return { status: 405, headers, body: 'Method not allowed.\n' }
  }
  const given = readParameters(call.method === 'POST' ? (await readBody(call, longestForm)).toString() : call.query)
  const token = given.get('token') ?? ''
  const value = values.find((one) => one === given.get('value'))
  const ticket = readFeedbackToken(world, token)
  const owner = ticket && (await ownerOf(world, ticket))
  const message = await openMessage(world, call, feedbackPath, owner)
  const words = message.text.feedback
  const say = (status: number, content: Html) => messagePage(status, message, words.title, content)
  if (!ticket || !value) return say(400, html`<p>${words.stale}</p>`)
  if (call.method === 'GET') return say(200, question(message.text, token, value))
  if (!(await giveFeedback(world, ticket, value, 'User'))) return say(404, html`<p>${words.unknown}</p>`)
  if (value === 'Valid') return say(200, html`<p role="status">${words.validDone}</p>${waysOn(message)}`)
  const recovers = owner && !onlyAdministrators(owner.pool)
  return say(
    200,
    html`<p role="status">${words.invalidDone}</p>${waysOn(message, recovers ? '/forgotPassword' : '/login')}`,
  )
}

/** The client that the sign-in was at, where it is still the pool's. */
async function ownerOf(world: World, { poolId, clientId }: FeedbackTicket) {
  const found = clientId === undefined ? undefined : await findClient(world, clientId)
  return found?.pool.id === poolId ? found : undefined
}

/** Both answers, the one that the link was for first: who has pressed the wrong link need not look for the other. */
function question({ lang, feedback }: Text, token: string, chosen: FeedbackValue): Html {
  const other = values.find((one) => one !== chosen) ?? chosen
  return html`<p>${feedback.intro}</p><form method="post" action="${feedbackPath}?${new URLSearchParams({ lang }).toString()}">
<input type="hidden" name="token" value="${token}">
<button name="value" value="${chosen}">${feedback[buttons[chosen]]}</button>
<button class="second" name="value" value="${other}">${feedback[buttons[other]]}</button></form>`
}
