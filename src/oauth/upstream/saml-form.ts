/** A page that posts itself to an identity provider which takes requests in no other way. Bindings 3.5. */
import { createHash } from 'node:crypto'
import { escapeXml } from '../../protocols/saml/xml.ts'
import type { Answer } from '../../wire/http.ts'
import { noStore } from '../refusals.ts'

/** The one script; the browser is told its hash, so that no other runs. Without scripts there is the button. */
const script = 'document.forms[0].submit()'
const scriptHash = `'sha256-${createHash('sha256').update(script).digest('base64')}'`

export function postForm(location: string, fields: Readonly<Record<string, string>>): Answer {
  const inputs = Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeXml(name)}" value="${escapeXml(value)}">`)
    .join('')
  const policy = [
    "default-src 'none'",
    `script-src ${scriptHash}`,
    // Browsers hold the redirects that follow to it, and identity providers have many hosts.
    `form-action ${new URL(location).protocol}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      ...noStore,
    },
    body:
      '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head>' +
      `<body><form method="post" action="${escapeXml(location)}">${inputs}<button>Continue</button></form>` +
      `<script>${script}</script></body></html>\n`,
  }
}
