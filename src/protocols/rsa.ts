/** RSA keys for tokens: making them, printing them as JWK (RFC 7517), signing on the thread pool (RFC 8017 8.2). */
import { createPrivateKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** The public half as JWK; base64url integers. */
export type RsaJwk = { readonly kty: 'RSA'; readonly n: string; readonly e: string }
export type SigningAlg = 'RS256' | 'RS512'

/** A 2048-bit key pair: the private half as PKCS #8 PEM. Takes some tenths of a second, off the event loop. */
export async function generateRsaPair(): Promise<{ privatePem: string; publicJwk: RsaJwk }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const { n, e } = publicKey.export({ format: 'jwk' })
  if (n === undefined || e === undefined) throw new Error('OpenSSL made no RSA key.')
  return { privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicJwk: { kty: 'RSA', n, e } }
}

/** A `kid` in Cognito's form: base64 of 32 random bytes. */
export const keyId = (random: (bytes: number) => Buffer) => random(32).toString('base64')

export type PublishedKey = { readonly kid: string; readonly alg: SigningAlg; readonly publicJwk: RsaJwk }

/** The document behind `jwks_uri`, members in Cognito's order. */
export function printJwks(keys: readonly PublishedKey[]) {
  return {
    keys: keys.map(({ kid, alg, publicJwk: { e, kty, n } }) => ({ alg, e, kid, kty, n, use: 'sig' as const })),
  }
}

/** Keys in memory, and when they were read. */
export type Remembered<Key> = { readonly keys: Promise<readonly Key[]>; readonly readAt: number }

/** Whoever invents names of keys makes nobody read them more often. */
const leastAge = 10_000

/** The key that a token names. An unknown one is looked for once more: another node may have rotated. */
export async function findKey<Key extends { readonly kid: string }>(
  { keys, readAt }: Remembered<Key>,
  kid: string,
  now: number,
  readAgain: () => Remembered<Key>,
): Promise<Key | undefined> {
  const find = (all: readonly Key[]) => all.find((key) => key.kid === kid)
  const found = find(await keys)
  const isFresh = Math.abs(now - readAt) < leastAge
  return found || isFresh ? found : find(await readAgain().keys)
}

/** Parsed keys kept for each signer: a pool has two, and parsing costs as much as signing. */
const keptKeys = 1_000

/** Signs with RSASSA-PKCS1-v1_5 on the thread pool, keeping the keys it has parsed, the least recently used leaving first. */
export function createRsaSigner() {
  const keys = new Map<string, KeyObject>()
  function keyOf(privatePem: string): KeyObject {
    const key = keys.get(privatePem) ?? createPrivateKey(privatePem)
    keys.delete(privatePem)
    keys.set(privatePem, key)
    if (keys.size > keptKeys) keys.delete(keys.keys().next().value!)
    return key
  }
  return (hash: 'sha256' | 'sha512', privatePem: string, data: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      sign(hash, Buffer.from(data), keyOf(privatePem), (error, signature) =>
        error ? reject(error) : resolve(signature),
      )
    })
}
