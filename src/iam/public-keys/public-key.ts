/** What users of IAM upload of themselves: public keys for SSH, and certificates of what they sign. */
import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import { printSshRsa, readSshRsa, sshFingerprint } from '../../protocols/ssh-rsa.ts'
import { readBundle } from '../../protocols/x509.ts'
import { fail } from '../../wire/errors.ts'

export type PublicKey = {
  readonly id: string
  readonly kind: 'ssh' | 'certificate'
  readonly userId: string
  /** By which the same key is known again; AWS shows that of SSH keys. */
  readonly fingerprint: string
  /** `ssh-rsa …`, or the certificate in PEM. */
  readonly body: string
  readonly active: boolean
  readonly uploadedAt: number
}

type Uploaded = Pick<PublicKey, 'body' | 'fingerprint'>

// Node's reader would take a private key, too, for the public one in it.
const armoured = /^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----/
const leastBits = 2048

/**
 * The key in a line of SSH, whose comment is not kept, or in PEM. Refuses all but RSA of 2048 bits and more.
 * AWS: UploadSSHPublicKey. unproved: the sentences.
 */
export function readSshKey(text: string): Uploaded {
  const pem = armoured.test(text)
  if (!pem && !/^\s*ssh-/.test(text)) {
    fail('UnrecognizedPublicKeyEncodingException', 'The public key encoding format is unsupported or unrecognized.')
  }
  const key = pem ? readPem(text) : readSshRsa(text)
  const bits = key?.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0
  if (!key || bits < leastBits) {
    return fail('InvalidPublicKeyException', 'The public key is malformed or otherwise invalid.')
  }
  return { body: printSshRsa(key), fingerprint: sshFingerprint(key) }
}

function readPem(text: string): KeyObject | undefined {
  try {
    return createPublicKey(text)
  } catch {
    return undefined
  }
}

/** The one certificate in a PEM text. Refuses what is none, and what is over. unproved: the sentences. */
export function readSigningCertificate(text: string, now: number): Uploaded {
  const [certificate, ...more] = readBundle(text) ?? []
  if (!certificate || more.length > 0) {
    const sentence = 'Unable to parse certificate. Please ensure the certificate is in PEM format.'
    return fail('MalformedCertificateException', sentence)
  }
  if (now >= certificate.until + 1000) fail('InvalidCertificateException', 'The certificate has expired.')
  return { body: text, fingerprint: hash('sha256', certificate.der) }
}

/** A key in the form that was asked for. */
export const encodeSshKey = (body: string, encoding: 'SSH' | 'PEM'): string =>
  encoding === 'SSH' ? body : (readSshRsa(body)?.export({ type: 'spki', format: 'pem' }).toString() ?? body)
