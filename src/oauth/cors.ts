/** Which endpoints pages of other origins may ask: any page, always without cookies, so that no origin is ever echoed. */
import type { Answer, Call } from '../wire/http.ts'

export const anyOrigin = { 'access-control-allow-origin': '*' } as const

/** unproved: AWS's own preflight headers are not recorded; these are what its clients ask for. */
export const answerPreflight = (call: Call): Answer => ({
  status: 204,
  headers: {
    ...anyOrigin,
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': call.headers['access-control-request-headers'] ?? 'authorization, content-type',
    'access-control-max-age': '172800',
  },
})
