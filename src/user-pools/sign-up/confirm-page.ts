/**
 * `/confirmUser`: where the link of a message leads. As AWS's does, the visit itself confirms; programs that look at links
 * before people do thereby confirm too, so that whoever comes next with the same link is told that all is well.
 * AWS: Developer Guide, "Configuring email or phone verification".
 */
import { createHash } from 'node:crypto'
import { AwsError } from '../../wire/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { findClient } from '../clients/find.ts'
import { recallCode, rememberCode } from '../codes/code.ts'
import { confirmPath } from '../messages/link.ts'
import { simulatedSub } from '../passwords/srp.ts'
import type { Pool } from '../pools/pool.ts'
import { countRequest } from '../risk/rates.ts'
import { findUser } from '../users/find.ts'
import { confirmByCode } from './confirm.ts'

/** Under the server's own name, a domain's, or the path form of a domain: the link says itself what it is about. */
export const isConfirmUserCall = ({ path }: Pick<Call, 'path'>): boolean =>
  path.replace(/^\/domains\/[^/]+(?=\/)/, '') === confirmPath

/** One page for all that can be wrong: who has only guessed a link learns nothing, not even whether there is such a user. */
const pages = {
  confirmed: [200, 'You are confirmed', 'Your address is confirmed. You can close this page and sign in.'],
  unfinished: [
    500,
    'You are confirmed',
    'Your address is confirmed, but the app could not finish what it does next. Try to sign in.',
  ],
  invalid: [
    400,
    'This link is not valid',
    'It is not valid any more, or not complete. If you are confirmed already you can sign in; otherwise ask the app for a new link.',
  ],
  limited: [429, 'Too many attempts', 'This link was tried too often. Come back in an hour.'],
  method: [405, 'This page is for links', 'It takes GET.'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string, text: string]>>

type Page = keyof typeof pages

/** `GET` confirms. `HEAD` says that there is such a page, and does nothing. */
export async function answerConfirmUser(world: World, call: Call): Promise<Answer> {
  if (call.method === 'HEAD') return { ...print('confirmed'), body: '' }
  if (call.method !== 'GET') return { ...print('method'), headers: { ...print('method').headers, allow: 'GET, HEAD' } }
  const given = new URLSearchParams(call.query)
  const [clientId, Username, ConfirmationCode] = ['client_id', 'user_name', 'confirmation_code'].map(
    (name) => given.getAll(name).length === 1 && given.get(name),
  )
  // The longest that the API takes, shapes ClientIdType, UsernameType and ConfirmationCodeType.
  if (!clientId || !Username || !ConfirmationCode || Username.length > 128 || ConfirmationCode.length > 2048)
    return print('invalid')
  const found = clientId.length > 128 ? undefined : await findClient(world, clientId)
  if (!found) return print('invalid')
  return print(await confirm(world, call, found, { Username, ConfirmationCode }))
}

type Visit = { readonly Username: string; readonly ConfirmationCode: string }

async function confirm(
  world: World,
  call: Call,
  { pool, client }: { readonly pool: Pool; readonly client: Client },
  visit: Visit,
): Promise<Page> {
  let taken = false
  try {
    await countRequest(world, pool, 'ConfirmSignUp')
    if (await cameBefore(world, pool, visit)) return 'confirmed'
    await confirmByCode(world, pool, client, visit, async (db, subject) => {
      await rememberCode(db, world, pool, subject, 'confirmed-by-link', visit.ConfirmationCode)
      taken = true
    })
    return 'confirmed'
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const { code, detail } = error
    world.log.info({ requestId: call.id, pool: pool.id, code, detail }, 'A confirmation link did not do all it should.')
    // Of two visits at once the second finds the code taken by the first.
    if (!taken && (await cameBefore(world, pool, visit))) return 'confirmed'
    if (code === 'LimitExceededException' || code === 'TooManyRequestsException') return 'limited'
    return taken && code !== 'AliasExistsException' ? 'unfinished' : 'invalid'
  }
}

async function cameBefore(world: World, pool: Pool, { Username, ConfirmationCode }: Visit): Promise<boolean> {
  const subject = (await findUser(world, pool, Username)) ?? { sub: simulatedSub(world, pool, Username) }
  return recallCode(world, pool, subject, 'confirmed-by-link', ConfirmationCode)
}

const style =
  ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:0 auto;padding:3rem 1rem}'
const styleHash = createHash('sha256').update(style).digest('base64')

/** Nothing of the request is in the page. */
function print(page: Page) {
  const [status, title, text] = pages[page]
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
    },
    body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body></html>
`,
  }
}
