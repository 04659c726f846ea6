/** `/confirmUser`: where the link of a message leads that confirms a new user, and what it came to. */
import { confirmPath } from '../user-pools/messages/link.ts'
import { followLink, type Outcome } from '../user-pools/sign-up/confirm-link.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { messagePage, openMessage, waysOn } from './from-message.ts'
import { html } from './html.ts'
import type { Text } from './text/text.ts'

/** Under the server's own name, a domain's, or the path form of a domain: the link says itself what it is about. */
export const isConfirmUserCall = ({ path }: Pick<Call, 'path'>): boolean =>
  path.replace(/^\/domains\/[^/]+(?=\/)/, '') === confirmPath

type Words = keyof Text['confirmLink']

const pages: Readonly<Record<Outcome, readonly [status: number, title: Words, sentence: Words]>> = {
  confirmed: [200, 'title', 'done'],
  unfinished: [500, 'title', 'unfinished'],
  invalid: [400, 'invalidTitle', 'invalid'],
  limited: [429, 'limitedTitle', 'limited'],
}

/** `GET` confirms. `HEAD` says that there is such a page, and does nothing. Nothing of the request is in the page. */
export async function answerConfirmUser(world: World, call: Call): Promise<Answer> {
  if (call.method !== 'GET') {
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', allow: 'GET, HEAD' }
    return call.method === 'HEAD'
      ? { status: 200, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' }, body: '' }
      : { status: 405, headers, body: 'Method not allowed.\n' }
  }
  const { outcome, found } = await followLink(world, call)
  const message = await openMessage(world, call, confirmPath, found)
  const [status, title, sentence] = pages[outcome]
  const words = message.text.confirmLink
  return messagePage(status, message, words[title], html`<p>${words[sentence]}</p>${waysOn(message)}`)
}
