/** Apple's client secret: a JWT that the team's key signs. Apple: "Creating a client secret"; RFC 7518 3.4. */
import { createPrivateKey, sign } from 'node:crypto'
import type { Text } from '../../user-pools/federation/provider.ts'

/** Apple allows six months; it is used at once. */
const lifeSeconds = 300

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The key as Apple hands it out, with or without its frame. */
const keyOf = (text: string) =>
  createPrivateKey({
    key: Buffer.from(text.replace(/-----(BEGIN|END) PRIVATE KEY-----/g, '').replace(/\s+/g, ''), 'base64'),
    format: 'der',
    type: 'pkcs8',
  })

export function appleSecret(now: number, details: Text): string {
  const { private_key: key = '', key_id: kid, team_id: iss, client_id: sub, oidc_issuer: aud } = details
  const iat = Math.floor(now / 1000)
  const text = `${encode({ alg: 'ES256', kid })}.${encode({ iss, iat, exp: iat + lifeSeconds, aud, sub })}`
  return `${text}.${sign('sha256', Buffer.from(text), { key: keyOf(key), dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
