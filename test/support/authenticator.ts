/** An authenticator in software, as honest as it is told to be: makes and uses passkeys the way a browser hands them over. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type Tweaks = {
  origin?: string
  rpId?: string
  challenge?: string
  /** Whether the person was verified; they were. */
  verified?: boolean
  /** What it says it was used; otherwise one more each time. */
  counter?: number
  algorithm?: 'ES256' | 'EdDSA'
  crossOrigin?: boolean
  type?: string
}

const bytes = (...parts: (number[] | Uint8Array | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
const base64url = (data: Uint8Array | string) => Buffer.from(data).toString('base64url')
const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest()

/** RFC 9053: the public key in COSE. */
function coseOf(key: KeyObject): Buffer {
  const { x = '', y = '', crv } = key.export({ format: 'jwk' })
  const point = (text: string) => bytes([0x58, 0x20], Buffer.from(text, 'base64url'))
  return crv === 'Ed25519'
    ? bytes([0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21], point(x))
    : bytes([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21], point(x), [0x22], point(y))
}

type CreationOptions = { rp: { id: string }; user: { id: string }; challenge: string }
type RequestOptions = { rpId: string; challenge: string }

/** One passkey. `origin` is the page that asks for it. */
export function makeAuthenticator(origin: string, id: Buffer = randomBytes(32)) {
  const pairs = { ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }), EdDSA: generateKeyPairSync('ed25519') }
  let used = 0
  let userHandle: string | undefined
  const clientData = (type: string, challenge: string, tweaks: Tweaks) =>
    Buffer.from(
      JSON.stringify({
        type: tweaks.type ?? type,
        challenge: tweaks.challenge ?? challenge,
        origin: tweaks.origin ?? origin,
        crossOrigin: tweaks.crossOrigin ?? false,
      }),
    )
  const head = (rpId: string, flags: number, tweaks: Tweaks) => {
    used += 1
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(tweaks.counter ?? used)
    const present = 1 | (tweaks.verified === false ? 0 : 4) | flags
    return bytes(sha256(tweaks.rpId ?? rpId), [present], counter)
  }
  const common = { id: base64url(id), rawId: base64url(id), type: 'public-key', clientExtensionResults: {} }
  return {
    id: base64url(id),
    /** The RegistrationResponseJSON for these options. */
    create(options: CreationOptions, tweaks: Tweaks = {}) {
      userHandle = options.user.id
      const { publicKey } = pairs[tweaks.algorithm ?? 'ES256']
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const authData = bytes(head(options.rp.id, 0x40, tweaks), Buffer.alloc(16), length, id, coseOf(publicKey))
      const size = Buffer.alloc(2)
      size.writeUInt16BE(authData.length)
      const attestation = bytes([0xa3, 0x63], 'fmt', [0x64], 'none', [0x67], 'attStmt', [0xa0, 0x68], 'authData')
      return {
        ...common,
        authenticatorAttachment: 'platform',
        response: {
          clientDataJSON: base64url(clientData('webauthn.create', options.challenge, tweaks)),
          attestationObject: base64url(bytes(attestation, [0x59], size, authData)),
          transports: ['internal', 'nonsense'],
        },
      }
    },
    /** The AuthenticationResponseJSON for these options. */
    get(options: RequestOptions, tweaks: Tweaks = {}) {
      const clientDataJSON = clientData('webauthn.get', options.challenge, tweaks)
      const authenticatorData = head(options.rpId, 0, tweaks)
      const signed = bytes(authenticatorData, sha256(clientDataJSON))
      return {
        ...common,
        response: {
          clientDataJSON: base64url(clientDataJSON),
          authenticatorData: base64url(authenticatorData),
          signature: base64url(sign('sha256', signed, pairs.ES256.privateKey)),
          ...(userHandle && { userHandle }),
        },
      }
    },
  }
}

export type Authenticator = ReturnType<typeof makeAuthenticator>
