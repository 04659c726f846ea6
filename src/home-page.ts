/** What a browser sees at the endpoint itself: what this is, and where to go. */

import { escapeHtml } from './protocols/escape-html.ts'
import type { Answer } from './wire/http.ts'
import type { World } from './world.ts'

const links = [
  ['/demo', 'Photo app', 'sign up, sign in, and upload with temporary credentials'],
  ['/mailbox', 'Mailbox', 'the codes that would have been sent'],
] as const

export function homePage(world: World): Answer {
  const list = world.settings.dev
    ? `<ul>${links.map(([path, name, what]) => `<li><a href="${path}">${name}</a>: ${what}</li>`).join('')}</ul>`
    : ''
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'no-referrer',
    },
    body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Poolhouse</title><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1>Poolhouse</h1><p>This is an AWS-compatible endpoint for Amazon Cognito, STS, IAM and S3. Point an SDK here:</p>
<pre>AWS_ENDPOINT_URL=${escapeHtml(world.settings.publicUrl)}</pre>${list}</body></html>`,
  }
}
