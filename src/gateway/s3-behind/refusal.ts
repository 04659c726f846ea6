/** What a server behind says instead of doing it: its refusal in its own words, and the redirects that nobody may follow. */
import { AwsError } from '../../wire/errors.ts'
import type { UpstreamServer, World } from '../../world.ts'
import { readAnswer } from '../forward/pass.ts'
import type { Incoming } from '../forward/pools.ts'
import { readXml } from '../s3/xml-body.ts'

const longest = 64 * 1024

/** Elements of the document that are ours to give. */
const ours = new Set(['Code', 'Message', 'RequestId', 'HostId'])

/** The refusal as ours, its code, sentence and further elements kept. */
export async function refusalOf(incoming: Incoming): Promise<AwsError> {
  const status = incoming.statusCode
  const unread = (detail: string) =>
    new AwsError('ServiceUnavailable', 'The server behind this resource refused.', { status: 502, detail })
  if (status < 400) {
    drop(incoming)
    return unread(`status ${status}`)
  }
  try {
    const { children } = readXml(await readAnswer(incoming, longest), 'Error')
    const texts = Object.entries(children).map(([name, nodes]) => [name, nodes[0]?.text ?? ''] as const)
    const { Code, Message } = Object.fromEntries(texts)
    if (!Code) return unread(`status ${status} without a code`)
    const extra = Object.fromEntries(texts.filter(([name]) => !ours.has(name)))
    return new AwsError(Code, Message ?? '', { status, extra })
  } catch (error) {
    return unread(`status ${status}: ${String(error)}`)
  }
}

/** What of an answer nobody will read: little is read away, much ends the connection. */
export const drop = ({ body }: Pick<Incoming, 'body'>): void => void body.dump().catch(() => {})

const redirects = new Set([301, 302, 303, 307, 308])

/**
 * Refuses an answer that sends the asker elsewhere: the bucket is in another region, or has moved. Where it sends to is no
 * concern of whoever asked here, and nobody there would believe their signature.
 */
export function refuseRedirect(
  { log }: Pick<World, 'log'>,
  { match, endpoint }: UpstreamServer,
  incoming: Incoming,
): void {
  if (!redirects.has(incoming.statusCode)) return
  const { location, 'x-amz-bucket-region': region } = incoming.headers
  drop(incoming)
  log.warn({ upstream: endpoint, match, location, region }, 'a server behind the gateway sends requests elsewhere')
  throw new AwsError(
    'ServiceUnavailable',
    'The server behind this bucket redirects: the endpoint or region that is set for it is not that of the bucket.',
    { status: 502 },
  )
}
