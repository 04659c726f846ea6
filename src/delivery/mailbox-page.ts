/** The development mailbox over HTTP: a page for people, `/mailbox/messages` for scripts and tests. */
import { randomBytes } from 'node:crypto'
import { escapeHtml } from '../protocols/escape-html.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { emptyMailbox, type Kept, listMessages } from './mailbox-store.ts'

export const isMailboxCall = (call: Call): boolean => call.path === '/mailbox' || call.path === '/mailbox/messages'

/** `GET /mailbox?to=`, `GET /mailbox/messages?to=` and `DELETE /mailbox/messages`. */
export async function answerMailbox(world: World, call: Call): Promise<Answer> {
  const to = new URLSearchParams(call.query).get('to')?.trim() || undefined
  if (call.path === '/mailbox/messages') {
    if (call.method === 'DELETE') {
      await emptyMailbox(world.db)
      return { status: 204, headers: {} }
    }
    return json(await listMessages(world.db, to))
  }
  return page(await listMessages(world.db, to), to)
}

const json = (messages: readonly Kept[]): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'access-control-allow-origin': '*' },
  body: JSON.stringify(messages),
})

function page(messages: readonly Kept[], to: string | undefined): Answer {
  const nonce = randomBytes(16).toString('base64')
  const list = messages.length
    ? `<ol>${messages.map(item).join('')}</ol>`
    : `<p class="empty">${to ? `Nothing for ${escapeHtml(to)} yet.` : 'No messages yet. Sign somebody up, and the code arrives here.'}</p>`
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mailbox · Poolhouse</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5">
<style nonce="${nonce}">${style}</style></head>
<body><header><h1>Mailbox</h1><p>Development only: what Poolhouse would have sent. The page reloads by itself.</p>
<form method="get" action="/mailbox"><label>To <input name="to" value="${escapeHtml(to ?? '')}" placeholder="address or number"></label><button>Show</button></form></header>
<main>${list}</main></body></html>`
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body,
  }
}

const item = (
  message: Kept,
) => `<li><div class="head"><span class="channel">${message.channel === 'sms' ? 'SMS' : 'E-mail'}</span>
<strong>${escapeHtml(message.to)}</strong><time datetime="${new Date(message.sentAt).toISOString()}">${new Date(message.sentAt).toLocaleString('en-GB')}</time></div>
${message.subject ? `<p class="subject">${escapeHtml(message.subject)}</p>` : ''}<p>${escapeHtml(message.body)}</p>${linksOf(message)}<p class="code"><code>${escapeHtml(message.code)}</code></p></li>`

/** The addresses that an e-mail links to: the body is shown as it was sent, not as a mail program would show it. */
const linksOf = ({ channel, body }: Kept): string =>
  channel === 'email'
    ? [...body.matchAll(/<a href="(https?:\/\/[^"<>\s]+)">/g)]
        .map(([, address = '']) => `<p><a href="${address}">Follow the link</a></p>`)
        .join('')
    : ''

const style = `:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:2rem 1rem}
h1{margin:0}header p{margin:.25rem 0 1rem;opacity:.75}form{display:flex;gap:.5rem;align-items:end}
input{font:inherit;padding:.35rem .6rem;border:1px solid var(--line);border-radius:.4rem}button{font:inherit;padding:.35rem .9rem}
ol{list-style:none;padding:0}li{border:1px solid var(--line);border-radius:.7rem;padding:.9rem 1.1rem;margin:.9rem 0}
.head{display:flex;gap:.7rem;align-items:baseline;flex-wrap:wrap}time{margin-left:auto;opacity:.7;font-size:.9rem}
.channel{background:var(--soft);border-radius:1rem;padding:0 .6rem;font-size:.85rem}.subject{font-weight:600;margin:.4rem 0 0}
li p{margin:.3rem 0;overflow-wrap:anywhere}.code code{font-size:1.5rem;letter-spacing:.12em}.empty{opacity:.75}`
