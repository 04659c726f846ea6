/** `/assets/…`: what pages load besides themselves, always from their own domain: images of the pool's, and our scripts. */
import { readParameters } from '../oauth/parameters.ts'
import type { Endpoint } from '../oauth/site.ts'
import { imageOf } from '../user-pools/branding/find.ts'
import { contentType } from '../user-pools/branding/image.ts'
import type { Answer } from '../wire/http.ts'
import { passkeyProgram, passkeyScript } from './passkey-form.ts'
import { passwordProgram, passwordScript } from './password-checks.ts'

/** The address names the bytes, so that they never change. An SVG that is opened by itself can run nothing. */
const headers = (type: string) => ({
  'content-type': type,
  'cache-control': 'public, max-age=31536000, immutable',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
})

const absent: Answer = { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Not found.\n' }

export const image: Endpoint = async ({ world, pool, call }) => {
  const id = readParameters(call.query).get('id') ?? ''
  const found = /^[\w-]{27}$/.test(id) ? await imageOf(world, pool, id) : undefined
  return found ? { status: 200, headers: headers(contentType(found.kind)), body: found.bytes } : absent
}

const script =
  (body: string): Endpoint =>
  async () => ({
    status: 200,
    headers: {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    },
    body,
  })

/** Each is allowed by its page's nonce, and by no other page. */
export const scripts: Readonly<Record<string, Endpoint>> = {
  [passkeyScript]: script(passkeyProgram),
  [passwordScript]: script(passwordProgram),
}
