/**
 * Who signed CreateSession: the holder of the key of the certificate that comes with it. Signature Version 4 with
 * another last step. AWS: IAM Roles Anywhere User Guide, "The IAM Roles Anywhere authentication signing process".
 * Whether anybody trusts the certificate is not asked here.
 */
import { hash, verify } from 'node:crypto'
import { isStrongKey } from '../../protocols/certificate-path.ts'
import { DerError } from '../../protocols/der-reader.ts'
import { type Certificate, fromBase64, readCertificate } from '../../protocols/x509.ts'
import type { Context, Door } from '../../wire/operation.ts'
import { clockWindowMs } from '../../wire/sigv4.ts'
import { canonicalRequest } from '../../wire/sigv4-canonical.ts'
import { stringToSign } from '../../wire/sigv4-key.ts'
import { phrase, type SignatureRefusal } from '../../wire/sigv4-refusals.ts'
import { readHeader, type Signature } from '../../wire/sigv4-signature.ts'
import type { CreateSessionRequest } from '../api.ts'
import { denied } from './refusals.ts'

export type Proof = {
  readonly leaf: Certificate
  readonly between: readonly Certificate[]
  /** The region of the scope. */
  readonly region: string
}

type Algorithm = { readonly fits: RegExp; readonly hash: string | null }

/** By the name in the Authorization header: which keys sign with it, and over which hash. ML-DSA hashes by itself. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  'AWS4-X509-RSA-SHA256': { fits: /^rsa$/, hash: 'sha256' },
  'AWS4-X509-ECDSA-SHA256': { fits: /^ec$/, hash: 'sha256' },
  'AWS4-X509-MLDSA': { fits: /^ml-dsa-/, hash: null },
}

const refuse = (refusal: SignatureRefusal): never => {
  throw phrase(refusal, 'rest-json')
}

/** AWS: the chain has at most five. */
const longestChain = 5
const longestSerial = 20

function read(text: string): Certificate {
  try {
    return readCertificate(fromBase64(text))
  } catch (error) {
    if (error instanceof DerError) throw denied('certificate', error.message)
    throw error
  }
}

function readLeaf(text: string): Certificate {
  const leaf = read(text)
  // RFC 5280 4.1.2.2: positive, and at most twenty bytes. The session's name is made of it.
  const bytes = Math.ceil(leaf.serial.toString(16).length / 2)
  if (leaf.serial === 0n || bytes > longestSerial) throw denied('certificate', 'The serial number is none.')
  // Before the signature is looked at, because a key of the sender's choosing can make that slow.
  if (!isStrongKey(leaf)) throw denied('certificate', 'The key is weak, or of a kind that is not taken.')
  return leaf
}

function readChain(text: string | undefined): Certificate[] {
  const parts = text?.split(',').map((part) => part.trim()) ?? []
  if (parts.length > longestChain) throw denied('path', `The chain has more than ${longestChain} certificates.`)
  return parts.map(read)
}

const headerName = /^(\S+)/

/** Proves the key, in the order of Signature Version 4: parse, scope, certificate, clock, signature. */
export function prove(input: Pick<CreateSessionRequest, 'cert' | 'chain'>, { world, sent }: Context): Proof {
  if (!sent) throw new Error('CreateSession is asked over the wire only.')
  const { call, body } = sent
  const header = call.headers['authorization']?.trim() ?? ''
  const name = headerName.exec(header)?.[1] ?? ''
  const signature = readHeader(call, header, refuse, Object.keys(algorithms))
  checkScope(signature)
  const leaf = readLeaf(input.cert)
  const between = readChain(input.chain)
  if (signature.accessKeyId !== leaf.serial.toString()) throw denied('signature', 'The serial number is another.')
  checkClock(signature, world.now())
  checkSigned(Object.keys(call.headers), signature)
  const payloadHash = hash('sha256', body)
  const { signedHeaders } = signature
  const canonical = canonicalRequest(call, { signedHeaders, payloadHash, s3: false, without: [] })
  const text = stringToSign(signature.amzDate, signature.scope, canonical).replace(/^\S+/, name)
  if (!isSignedBy(leaf, algorithms[name], text, signature.signature)) throw denied('signature')
  return { leaf, between, region: signature.scope.region }
}

function checkScope({ scope, amzDate }: Signature): void {
  if (scope.date !== amzDate.slice(0, 8))
    refuse({ kind: 'wrong-date', from: 'header', given: scope.date, date: amzDate })
  if (scope.terminator !== 'aws4_request') refuse({ kind: 'wrong-terminator', from: 'header', given: scope.terminator })
}

/** unproved: AWS's window and its sentence for this service; they are those of every other. */
function checkClock({ time }: Signature, now: number): void {
  const skew = { from: 'header' as const, requestTime: time, now, windowMs: clockWindowMs }
  if (time > now + clockWindowMs) refuse({ kind: 'too-new', ...skew })
  if (time < now - clockWindowMs) refuse({ kind: 'too-old', ...skew })
}

/** What must be under the signature: the host, the time, and the certificates. */
function checkSigned(present: readonly string[], { signedHeaders }: Signature): void {
  const needed = ['host', ...['x-amz-date', 'date'].filter((name) => present.includes(name)).slice(0, 1)]
  const certificates = ['x-amz-x509', 'x-amz-x509-chain'].filter((name) => present.includes(name))
  const names = [...needed, ...certificates].filter((name) => !signedHeaders.includes(name))
  if (names.length > 0) refuse({ kind: 'unsigned-headers', names })
}

function isSignedBy({ key }: Certificate, algorithm: Algorithm | undefined, text: string, signature: string): boolean {
  if (!algorithm?.fits.test(key.asymmetricKeyType ?? '')) return false
  if (!/^(?:[0-9a-f]{2})+$/.test(signature)) return false
  return verify(algorithm.hash, Buffer.from(text, 'latin1'), key, Buffer.from(signature, 'hex'))
}

/** The certificate is the proof; the model demands no other signature. */
export const certified: Door<CreateSessionRequest, { proof: Proof; region: string }> = {
  signed: false,
  admit(request, context) {
    const proof = prove(request, context)
    return { proof, region: proof.region }
  },
}
