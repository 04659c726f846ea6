/** Cross-origin questions about buckets behind: their rules are those that they have on their server. */
import type { Answer, Call } from '../../wire/http.ts'
import type { UpstreamServer, World } from '../../world.ts'
import { pass, passAnswer, passedHeaders } from '../forward/pass.ts'
import { decodeText, refusePath } from '../s3/address.ts'
import { s3Address } from '../s3.ts'
import { withoutExtensions } from './extensions.ts'
import { encodeKey, placeOf } from './place.ts'
import { drop } from './refusal.ts'

/** Asks the server, unsigned, as a browser does. */
async function ask(world: World, call: Call, server: UpstreamServer, bucket: string, headers: Record<string, string>) {
  const { key: encoded = '' } =
    s3Address(call, 'addressed', world.settings) ?? s3Address(call, 'unclaimed', world.settings) ?? {}
  const key = decodeText(encoded)
  refusePath(key)
  const unsigned = { ...server, keys: undefined }
  const place = placeOf(server, bucket, `/${encodeKey(key)}`)
  const { whenGone } = call
  return pass(
    world,
    { server: unsigned, service: 's3', region: world.settings.region },
    { method: 'OPTIONS', ...place, headers, whenGone },
  )
}

/** The answer to a browser's question. */
export const answerPreflight = async (
  world: World,
  call: Call,
  server: UpstreamServer,
  bucket: string,
): Promise<Answer> =>
  passAnswer(await ask(world, call, server, bucket, withoutExtensions(passedHeaders(call.headers))), 'OPTIONS')

const ofOrigins = /^(?:access-control-[a-z-]+|vary)$/

/** What the rules add to an answer that the server itself does not give; nothing for pages that they do not name. */
export async function originHeaders(
  world: World,
  call: Call,
  server: UpstreamServer,
  bucket: string,
): Promise<Record<string, string>> {
  const { origin } = call.headers
  if (origin === undefined) return {}
  const question = { origin, 'access-control-request-method': call.method }
  const incoming = await ask(world, call, server, bucket, question)
  drop(incoming)
  if (incoming.statusCode >= 300) return {}
  return Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      value !== undefined && ofOrigins.test(name) ? [[name, [value].flat().join(', ')]] : [],
    ),
  )
}
