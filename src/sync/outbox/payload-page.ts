/** Answers the address of a change that was too long for its stream. Whoever has the address may read it, for a week. */
import type { Answer, Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import { payloadPath } from './outbox.ts'
import { readPayload } from './store.ts'

export const isPayloadCall = (call: Call): boolean => call.path.startsWith(payloadPath) && call.method === 'GET'

export async function answerPayload(world: World, call: Call): Promise<Answer> {
  const id = call.path.slice(payloadPath.length)
  const payload = /^[\w-]{43}$/.test(id) ? await readPayload(world.db, id, world.now()) : undefined
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  return payload === undefined
    ? {
        status: 404,
        headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
        body: 'There is nothing here.\n',
      }
    : { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body: payload }
}
