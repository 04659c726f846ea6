/** Where the keys of the claims headers are published: `public-keys.auth.elb.<region>.amazonaws.com/<kid>`, and by path at our own name. */
import type { Answer, Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import { publicKey } from './keys.ts'

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const byPath = new RegExp(`^/public-keys/[a-z0-9-]+/(${uuid})$`)
const byHost = new RegExp(`^/(${uuid})$`)
const awsHost = /^public-keys\.auth\.elb\.[a-z0-9-]+\.amazonaws\.com(?::\d+)?$/

const kidOf = ({ path, headers }: Call): string | undefined =>
  byPath.exec(path)?.[1] ?? (awsHost.test(headers['host'] ?? '') ? byHost.exec(path)?.[1] : undefined)

export const isPublicKeyCall = (call: Call): boolean =>
  (call.method === 'GET' || call.method === 'HEAD') && kidOf(call) !== undefined

/** unproved: content type, caching and the status for an unknown key; AWS serves the keys from storage. */
export function answerPublicKey(world: Pick<World, 'seal' | 'now'>, call: Call): Answer {
  const pem = publicKey(world, kidOf(call) ?? '')
  if (pem === undefined)
    return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'There is no such key.\n' }
  return {
    status: 200,
    headers: { 'content-type': 'binary/octet-stream', 'cache-control': 'public, max-age=3600' },
    body: pem,
  }
}
