/**
 * IAM Roles Anywhere as its users see it: signed management calls, and a signing helper written from AWS's description
 * of the signing process, sharing nothing with the code it tests.
 */
import { createHash, sign as cryptoSign, type KeyObject, X509Certificate } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Made } from './certificates.ts'
import { document, makeRole } from './roles.ts'
import type { Keys, TestServer } from './server.ts'
import { Sha256 } from './sha256.ts'

type Named = { name: string; enabled: boolean; createdAt: string; updatedAt: string }

/** What an answer may hold: each test looks at what it expects. */
export type Body = {
  message: string
  nextToken: string
  subjectArn: string
  credentialSet: [
    {
      assumedRoleUser: { arn: string; assumedRoleId: string }
      credentials: Required<Keys> & { expiration: string }
      packedPolicySize: number
      roleArn: string
      sourceIdentity: string
    },
  ]
  trustAnchor: Named & { trustAnchorArn: string; trustAnchorId: string; notificationSettings: object[]; source: object }
  trustAnchors: { trustAnchorId: string }[]
  profile: Named & {
    profileArn: string
    profileId: string
    roleArns: string[]
    durationSeconds: number
    attributeMappings: { certificateField: string; mappingRules: { specifier: string }[] }[]
  }
  profiles: { profileId: string }[]
  crl: Named & { crlArn: string; crlId: string; crlData: string; trustAnchorArn: string }
  crls: { crlId: string }[]
  subject: {
    x509Subject: string
    credentials: [{ failed: boolean; issuer: string; serialNumber: string; x509CertificateData: string }]
    instanceProperties: [{ properties: Record<string, string> }]
  }
  subjects: { subjectId: string }[]
  tags: { key: string; value: string }[]
}

export type Answered = { status: number; type: string | null; body: Body }

async function answerOf(response: Response): Promise<Answered> {
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('x-amzn-errortype'),
    body: (text ? JSON.parse(text) : {}) as Body,
  }
}

/** One management call, signed with Signature Version 4; as root unless told. */
export async function call(
  { endpoint }: Pick<TestServer, 'endpoint'>,
  method: string,
  pathAndQuery: string,
  body?: unknown,
  {
    keys = { accessKeyId: 'test', secretAccessKey: 'test' },
    region = 'us-east-1',
  }: { keys?: Keys; region?: string } = {},
): Promise<Answered> {
  const url = new URL(pathAndQuery, endpoint)
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const signer = new SignatureV4({ service: 'rolesanywhere', region, credentials: keys, sha256: Sha256 })
  const query: Record<string, string[]> = {}
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value]
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    query,
    headers: { host: url.host, 'content-type': 'application/json' },
    ...(text !== undefined && { body: text }),
  })
  return answerOf(await fetch(url, { method, headers: signed.headers, ...(text !== undefined && { body: text }) }))
}

export type SessionWish = {
  trustAnchorArn: string
  profileArn: string
  roleArn: string
  durationSeconds?: number
  roleSessionName?: string
  [more: string]: unknown
}

export type Signing = {
  certificate: Buffer
  key: KeyObject
  chain?: readonly Buffer[]
  at?: number
  region?: string
  /** Where AWS's own helper puts the three ARNs. */
  place?: 'query' | 'body'
  /** Changes to what is signed. */
  serial?: string
  algorithm?: string
  leaveUnsigned?: readonly string[]
  /** Changes after signing. */
  afterwards?: (request: { url: URL; headers: Record<string, string>; body: string }) => void
}

const hex = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

const algorithmOf = (key: KeyObject) =>
  key.asymmetricKeyType === 'rsa'
    ? 'AWS4-X509-RSA-SHA256'
    : key.asymmetricKeyType === 'ec'
      ? 'AWS4-X509-ECDSA-SHA256'
      : 'AWS4-X509-MLDSA'

/** POST /sessions, tasks 1 to 4 of the signing process. */
export async function createSession(
  { endpoint }: Pick<TestServer, 'endpoint'>,
  wish: SessionWish,
  signing: Signing,
): Promise<Answered> {
  const { certificate, key, chain, at = Date.now(), region = 'us-east-1', place = 'query' } = signing
  const { trustAnchorArn, profileArn, roleArn, ...rest } = wish
  const arns = { profileArn, roleArn, trustAnchorArn }
  const url = new URL('/sessions', endpoint)
  if (place === 'query') for (const [name, value] of Object.entries(arns)) url.searchParams.set(name, value)
  const body = JSON.stringify(place === 'query' ? rest : { ...rest, ...arns })
  const date = `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    host: url.host,
    'x-amz-date': date,
    'x-amz-x509': certificate.toString('base64'),
    ...(chain && { 'x-amz-x509-chain': chain.map((one) => one.toString('base64')).join(',') }),
  }
  const names = Object.keys(headers)
    .filter((name) => !signing.leaveUnsigned?.includes(name))
    .sort()
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const canonical = [
    'POST',
    '/sessions',
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    hex(body),
  ].join('\n')
  const algorithm = signing.algorithm ?? algorithmOf(key)
  const scope = `${date.slice(0, 8)}/${region}/rolesanywhere/aws4_request`
  const text = [algorithm, date, scope, hex(canonical)].join('\n')
  const hash = algorithm === 'AWS4-X509-MLDSA' ? null : 'sha256'
  const signature = cryptoSign(hash, Buffer.from(text), key).toString('hex')
  const serial = signing.serial ?? BigInt(`0x${new X509Certificate(certificate).serialNumber}`).toString()
  headers['authorization'] =
    `${algorithm} Credential=${serial}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const request = { url, headers, body }
  signing.afterwards?.(request)
  return answerOf(await fetch(request.url, { method: 'POST', headers: request.headers, body: request.body }))
}

/** The keys in the answer of CreateSession. */
export function keysIn({ status, body }: Answered): Required<Keys> {
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
  const { accessKeyId, secretAccessKey, sessionToken } = body.credentialSet[0].credentials
  return { accessKeyId, secretAccessKey, sessionToken }
}

/** A trust policy for certificates, under a condition. */
export const trustingCertificates = (condition: object = {}): string =>
  document({
    Effect: 'Allow',
    Principal: { Service: 'rolesanywhere.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition: condition,
  })

let made = 0

/** An anchor for the authority, a role and a profile that lists it, all enabled. */
export async function setUp(
  server: TestServer,
  authority: Pick<Made, 'pem'>,
  { trust = trustingCertificates(), policy, profile = {} }: { trust?: string; policy?: string; profile?: object } = {},
) {
  const name = `anywhere-${++made}`
  const anchor = await call(server, 'POST', '/trustanchors', {
    name,
    enabled: true,
    source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: authority.pem } },
  })
  const roleArn = await makeRole(server.clients, name, { trust, ...(policy && { policy }) })
  const profiled = await call(server, 'POST', '/profiles', { name, enabled: true, roleArns: [roleArn], ...profile })
  if (anchor.status !== 201 || profiled.status !== 201) throw new Error(JSON.stringify([anchor, profiled]))
  const { trustAnchorArn, trustAnchorId } = anchor.body.trustAnchor
  const { profileArn, profileId } = profiled.body.profile
  return { trustAnchorArn, trustAnchorId, profileArn, profileId, roleArn, name }
}
