/**
 * `/feedback`: where the links of a notice lead. The link shows a question and the press of a button answers it, because
 * mail programs follow links by themselves; the token in the address is all the proof there is.
 */
import { createHash } from 'node:crypto'
import { escapeHtml } from '../../protocols/escape-html.ts'
import { readBody } from '../../wire/body.ts'
import type { Answer, Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import type { FeedbackValue } from './event.ts'
import { giveFeedback, readFeedbackToken } from './feedback.ts'

export const isFeedbackCall = (call: Call): boolean => call.path === '/feedback'

const questions: Readonly<Record<FeedbackValue, { question: string; button: string; thanks: string }>> = {
  Valid: {
    question: 'Was this sign-in yours?',
    button: 'Yes, it was me',
    thanks: 'Thank you. The sign-in is known as yours.',
  },
  Invalid: {
    question: 'Was this sign-in not yours?',
    button: 'No, it was not me',
    thanks: 'Thank you. The sign-in is known as somebody else’s. Change your password now.',
  },
}

/** `GET` asks, `POST` keeps the answer. */
export async function answerFeedback(world: World, call: Call): Promise<Answer> {
  if (call.method !== 'GET' && call.method !== 'POST') return said(405, 'This page takes GET and POST.')
  const given = new URLSearchParams(call.method === 'POST' ? (await readBody(call)).toString() : call.query)
  const token = given.get('token') ?? ''
  const value = given.get('value')
  const ticket = readFeedbackToken(world, token)
  if (!ticket || (value !== 'Valid' && value !== 'Invalid')) return said(400, 'This link is not valid any more.')
  const { question, button, thanks } = questions[value]
  if (call.method === 'POST') {
    const kept = await giveFeedback(world, ticket, value, 'User')
    return kept ? said(200, thanks) : said(404, 'This sign-in is not known any more.')
  }
  return page(
    200,
    `<h1>${question}</h1><form method="post" action="/feedback"><input type="hidden" name="token" value="${escapeHtml(token)}">` +
      `<input type="hidden" name="value" value="${value}"><button>${button}</button></form>`,
  )
}

/** A sentence under the heading that every page needs. */
const said = (status: number, sentence: string): Answer => page(status, `<h1>Was it you?</h1><p>${sentence}</p>`)

const style =
  ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:0 auto;padding:3rem 1rem}' +
  'button{font:inherit;padding:.6rem 1.4rem}'
const styleHash = createHash('sha256').update(style).digest('base64')

const page = (status: number, body: string): Answer => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  },
  body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Was it you?</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style></head>
<body><main>${body}</main></body></html>
`,
})
