/** A JSON document that anybody may fetch: from pages of any origin, and worth keeping for a day. */
import type { Answer } from './http.ts'

export const publicDocument = (document: object): Answer => ({
  status: 200,
  headers: {
    'content-type': 'application/json',
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=86400',
  },
  body: JSON.stringify(document),
})
