/**
 * A page that goes on by itself, where a redirect would not: the browser came by a form of ours, whose policy names the
 * addresses a form may lead to (Content Security Policy 3, form-action), and a provider's sign-in may cross any.
 */
import { escapeXml } from '../../protocols/saml/xml.ts'
import type { Answer } from '../../wire/http.ts'

/** The same answer; a redirect as a page with the address in its Refresh header, and as a link. */
export function onwardPage(answer: Answer): Answer {
  const { location, ...headers } = answer.headers
  if (answer.status !== 302 || location === undefined) return answer
  return {
    ...answer,
    status: 200,
    headers: {
      ...headers,
      refresh: `0;url=${location}`,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    },
    body:
      '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head>' +
      `<body><p><a href="${escapeXml(location)}">Continue</a></p></body></html>\n`,
  }
}
