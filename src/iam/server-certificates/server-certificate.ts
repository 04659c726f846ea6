/** A server certificate as the rules see it, its ARN, and what may be uploaded as one. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type Certificate, readBundle } from '../../protocols/x509.ts'
import { fail } from '../../wire/errors.ts'
import type { Settings } from '../../world.ts'
import type { Tag } from '../tags.ts'

export type ServerCertificate = {
  readonly id: string
  readonly name: string
  readonly path: string
  /** In PEM. */
  readonly body: string
  readonly chain: string | undefined
  readonly tags: readonly Tag[]
  readonly uploadedAt: number
  readonly validUntil: number
}

export const certificateArn = (
  { account }: Pick<Settings, 'account'>,
  { name, path }: Pick<ServerCertificate, 'name' | 'path'>,
): string => `arn:aws:iam::${account}:server-certificate${path}${name}`

const malformed = (sentence: string): never => fail('MalformedCertificateException', sentence)

/**
 * Until when the certificate is valid. Refuses what is none, a private key that is not its own, and a chain whose certificates
 * did not sign each other in their order, the first of them the certificate. AWS: UploadServerCertificate; IAM User Guide,
 * "Manage server certificates in IAM", whose section on problems quotes some sentences.
 */
export function checkUpload(body: string, privateKey: string, chain: string | undefined): { validUntil: number } {
  const [certificate, ...more] = readBundle(body) ?? []
  if (!certificate || more.length > 0) {
    return malformed('Unable to parse certificate. Please ensure the certificate is in PEM format.')
  }
  // unproved: the sentence.
  if (!certificate.x509.checkPrivateKey(readKey(privateKey))) {
    fail('KeyPairMismatchException', 'The public key certificate and the private key do not match.')
  }
  if (chain !== undefined) checkChain([certificate, ...(readBundle(chain) ?? [])])
  return { validUntil: certificate.until }
}

/** unproved: the sentence for a key that cannot be read; AWS's guide says that it must not be encrypted. */
function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    return malformed('Unable to parse private key. Please ensure the private key is in PEM format.')
  }
}

function checkChain(certificates: readonly Certificate[]): void {
  const inOrder = certificates.every((one, index) => {
    const issuer = certificates[index + 1]
    return !issuer || (issuer.subject.der.equals(one.issuer.der) && one.x509.verify(issuer.key))
  })
  if (certificates.length > 1 && inOrder) return
  malformed(
    'Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order.',
  )
}
