/** How a signature can be wrong, as a closed union, and the exact words each protocol has for it. */
import { hash } from 'node:crypto'
import { AwsError } from './errors.ts'

/** Which protocol phrases the refusal. `rest-json` is Cognito Sync and Lambda, `query` is STS and IAM. */
export type SignatureStyle = 'json' | 'rest-json' | 'query' | 's3'

export type SignatureKind = 'header' | 'query'

export type SignatureRefusal =
  | { kind: 'not-signed' }
  | { kind: 'both-kinds'; header: string }
  | { kind: 'unsupported-authorization'; header: string }
  | { kind: 'legacy-signature' }
  | { kind: 'malformed-header'; part: string; header: string }
  | { kind: 'incomplete-header'; missing: readonly string[]; header: string }
  | { kind: 'incomplete-query'; missing: readonly string[] }
  | { kind: 'unsupported-algorithm'; from: SignatureKind; algorithm: string }
  | { kind: 'malformed-credential'; from: SignatureKind; credential: string }
  | { kind: 'malformed-date'; from: SignatureKind; date: string }
  | { kind: 'wrong-date'; from: SignatureKind; given: string; date: string }
  | { kind: 'wrong-region'; from: SignatureKind; given: string; expected: string }
  | { kind: 'wrong-service'; from: SignatureKind; given: string; expected: string }
  | { kind: 'wrong-terminator'; from: SignatureKind; given: string }
  | { kind: 'malformed-expires'; wrong: 'number' | 'negative' | 'week' }
  | { kind: 'unsigned-headers'; names: readonly string[] }
  | { kind: 'unknown-key'; accessKeyId: string }
  | { kind: 'bad-token'; token: string }
  | { kind: 'expired-token'; token: string }
  | { kind: 'too-old' | 'too-new'; from: SignatureKind; requestTime: number; now: number; windowMs: number }
  | { kind: 'link-expired'; requestTime: number; now: number; expires: number }
  | { kind: 'mismatch'; accessKeyId: string; given: string; stringToSign: string; canonical?: string }
  | { kind: 'content-hash-missing' }
  | { kind: 'content-hash-malformed'; given: string }

/** The error codes of the services that are not S3: code and status by protocol. */
const codes = {
  missing: {
    json: ['MissingAuthenticationTokenException', 400],
    'rest-json': ['MissingAuthenticationTokenException', 403],
    query: ['MissingAuthenticationToken', 403],
  },
  incomplete: {
    json: ['IncompleteSignatureException', 400],
    'rest-json': ['IncompleteSignatureException', 403],
    query: ['IncompleteSignature', 400],
  },
  wrong: {
    json: ['InvalidSignatureException', 400],
    'rest-json': ['InvalidSignatureException', 403],
    query: ['SignatureDoesNotMatch', 403],
  },
  unknown: {
    json: ['UnrecognizedClientException', 400],
    'rest-json': ['UnrecognizedClientException', 403],
    query: ['InvalidClientTokenId', 403],
  },
  expired: {
    json: ['ExpiredTokenException', 400],
    'rest-json': ['ExpiredTokenException', 403],
    query: ['ExpiredToken', 403],
  },
} as const

type Row = {
  /** Every service but S3: a row of `codes` and the sentence. */
  aws: readonly [keyof typeof codes, string]
  /** S3: code, status, sentence, further elements in S3's order. */
  s3: readonly [string, number, string, Record<string, string | number>?]
}

const calculated = 'The request signature we calculated does not match the signature you provided.'
const mismatchText = `${calculated} Check your AWS Secret Access Key and signing method. Consult the service documentation for details.`

// AWS leaves the trailing blank of this list in; the sentences are one per missing part.
const partsOf = (sentences: readonly string[], tail: string) => [...sentences, tail].join(' ')

const hashed = (header: string) => hash('sha256', header, 'base64')

const headerPart = (part: string) =>
  part === 'Date'
    ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    : `Authorization header requires '${part}' parameter.`

const malformedHeader = (rest: string, extra?: Record<string, string>) =>
  ['AuthorizationHeaderMalformed', 400, `The authorization header is malformed; ${rest}`, extra] as const
const malformedQuery = (text: string) => ['AuthorizationQueryParametersError', 400, text] as const
/** S3 phrases a wrong credential differently for the header and for the query. */
const malformedCredential = (from: SignatureKind, rest: string, extra?: Record<string, string>) =>
  from === 'header'
    ? malformedHeader(rest, extra)
    : malformedQuery(`Error parsing the X-Amz-Credential parameter; ${rest}`)

const expectedCredential = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
const algorithmText = 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.'
const noDateText = 'AWS authentication requires a valid Date or x-amz-date header'
const dateFormatText = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
const queryRequirement =
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.'
const contentHashText =
  'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.'
const bothText =
  'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified'

const expiresTexts = {
  number: 'X-Amz-Expires should be a number',
  negative: 'X-Amz-Expires must be non-negative',
  week: 'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
}

/** `20260101T000000Z` of epoch milliseconds. */
export function basicTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** `2026-01-01T00:00:00Z` of epoch milliseconds, as in S3's answers. */
const plainTime = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}/, '')

/** Bytes as hex pairs with blanks between, as S3 shows the strings it signed. */
const pairs = (text: string) => (Buffer.from(text, 'latin1').toString('hex').match(/../g) ?? []).join(' ')
/** The wire's bytes were carried as Latin-1; people read UTF-8. */
const legible = (text: string) => Buffer.from(text, 'latin1').toString('utf8')

function clockTexts(r: { kind: string; requestTime: number; now: number; windowMs: number }): string {
  const minutes = Math.round(r.windowMs / 60_000)
  const [request, now] = [basicTime(r.requestTime), basicTime(r.now)]
  return r.kind === 'too-old'
    ? `Signature expired: ${request} is now earlier than ${basicTime(r.now - r.windowMs)} (${now} - ${minutes} min.)`
    : `Signature not yet current: ${request} is still later than ${basicTime(r.now + r.windowMs)} (${now} + ${minutes} min.)`
}

type ClockRefusal = Extract<SignatureRefusal, { kind: 'too-old' | 'too-new' }>

function clockRow(r: ClockRefusal): Row {
  return {
    aws: ['wrong', clockTexts(r)],
    s3:
      r.from === 'query' && r.kind === 'too-new'
        ? ['AccessDenied', 403, 'Request is not valid yet']
        : [
            'RequestTimeTooSkewed',
            403,
            'The difference between the request time and the current time is too large.',
            {
              RequestTime: basicTime(r.requestTime),
              ServerTime: plainTime(r.now),
              MaxAllowedSkewMilliseconds: r.windowMs,
            },
          ],
  }
}

const rows: { [K in SignatureRefusal['kind']]: (refusal: Extract<SignatureRefusal, { kind: K }>) => Row } = {
  'not-signed': () => ({
    aws: ['missing', 'Missing Authentication Token'],
    s3: ['AccessDenied', 403, 'Access Denied'],
  }),
  'both-kinds': (r) => ({
    aws: ['wrong', "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."],
    s3: ['InvalidArgument', 400, bothText, { ArgumentName: 'Authorization', ArgumentValue: r.header }],
  }),
  'unsupported-authorization': (r) => ({
    aws: ['missing', 'Missing Authentication Token'],
    s3: [
      'InvalidArgument',
      400,
      'Unsupported Authorization Type',
      { ArgumentName: 'Authorization', ArgumentValue: r.header },
    ],
  }),
  'legacy-signature': () => ({
    aws: ['missing', 'Missing Authentication Token'],
    s3: ['InvalidRequest', 400, algorithmText],
  }),
  // unproved: that S3 has its three-component sentence for it. What is hashed may be somebody's token.
  'malformed-header': (r) => ({
    aws: [
      'incomplete',
      `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hashed(r.header)}'.`,
    ],
    s3: malformedHeader(
      'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    ),
  }),
  'incomplete-header': (r) => ({
    aws: [
      'incomplete',
      partsOf(
        r.missing.map(headerPart),
        `(Hashed with SHA-256 and encoded with Base64) Authorization=${hashed(r.header)}`,
      ),
    ],
    s3:
      r.missing[0] === 'Date'
        ? ['AccessDenied', 403, noDateText]
        : malformedHeader(
            r.missing.length > 1
              ? 'the authorization header requires three components: Credential, SignedHeaders, and Signature.'
              : `missing ${r.missing[0]}.`,
          ),
  }),
  'incomplete-query': (r) => ({
    aws: [
      'incomplete',
      partsOf(
        r.missing.map((part) => `AWS query-string parameters must include '${part}'.`),
        'Re-examine the query-string parameters.',
      ),
    ],
    s3: malformedQuery(queryRequirement),
  }),
  // unproved: that DynamoDB says so too; its answers of 2013 went on with "(only AWS4-HMAC-SHA256 for now). ".
  'unsupported-algorithm': (r) => ({
    aws: ['incomplete', `Unsupported AWS 'algorithm': '${r.algorithm}'.`],
    s3:
      r.from === 'header'
        ? ['InvalidRequest', 400, algorithmText]
        : malformedQuery('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'),
  }),
  'malformed-credential': (r) => ({
    aws: [
      'incomplete',
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${r.credential}'`,
    ],
    s3: malformedCredential(r.from, expectedCredential),
  }),
  'malformed-date': (r) => ({
    aws: [
      'incomplete',
      `Date must be in ISO-8601 'basic format'. Got '${r.date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    ],
    s3: r.from === 'header' ? ['AccessDenied', 403, noDateText] : malformedQuery(dateFormatText),
  }),
  'wrong-date': (r) => ({
    aws: [
      'wrong',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${r.given}' != '${r.date.slice(0, 8)}', from '${r.date}'.`,
    ],
    s3: /^\d{8}$/.test(r.given)
      ? r.from === 'header'
        ? malformedHeader(`Invalid credential date "${r.given}". This date is not the same as X-Amz-Date: "${r.date}".`)
        : malformedQuery(`Invalid credential date "${r.given}". This date is not the same as X-Amz-Date: "${r.date}".`)
      : malformedCredential(
          r.from,
          `incorrect date format "${r.given}". This date in the credential must be in the format "yyyyMMdd".`,
        ),
  }),
  'wrong-region': (r) => ({
    aws: ['wrong', `Credential should be scoped to a valid Region, not '${r.given}'. `],
    s3: malformedCredential(
      r.from,
      r.from === 'header'
        ? `the region '${r.given}' is wrong; expecting '${r.expected}'`
        : `the region "${r.given}" is wrong; expecting "${r.expected}"`,
      { Region: r.expected },
    ),
  }),
  'wrong-service': (r) => ({
    aws: ['wrong', `Credential should be scoped to correct service: '${r.expected}'. `],
    s3: malformedCredential(r.from, `incorrect service "${r.given}". This endpoint belongs to "${r.expected}".`),
  }),
  'wrong-terminator': (r) => ({
    aws: ['wrong', `Credential should be scoped with a valid terminator: 'aws4_request', not '${r.given}'. `],
    s3: malformedCredential(r.from, `incorrect terminal "${r.given}". This endpoint uses "aws4_request".`),
  }),
  'malformed-expires': (r) => ({
    aws: ['incomplete', expiresTexts[r.wrong]],
    s3: malformedQuery(expiresTexts[r.wrong]),
  }),
  // unproved: the sentence for other names than `host`.
  'unsigned-headers': (r) => ({
    aws: [
      'wrong',
      `${r.names.map((name) => (name === 'host' ? "'Host' or ':authority'" : `'${name}'`)).join(', ')} must be a 'SignedHeader' in the AWS Authorization.`,
    ],
    s3: [
      'AccessDenied',
      403,
      'There were headers present in the request which were not signed',
      { HeadersNotSigned: r.names.join(', ') },
    ],
  }),
  'unknown-key': (r) => ({
    aws: ['unknown', 'The security token included in the request is invalid.'],
    s3: [
      'InvalidAccessKeyId',
      403,
      'The AWS Access Key Id you provided does not exist in our records.',
      { AWSAccessKeyId: r.accessKeyId },
    ],
  }),
  'bad-token': (r) => ({
    aws: ['unknown', 'The security token included in the request is invalid.'],
    s3: ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.', { 'Token-0': r.token }],
  }),
  'expired-token': (r) => ({
    aws: ['expired', 'The security token included in the request is expired'],
    s3: ['ExpiredToken', 400, 'The provided token has expired.', { 'Token-0': r.token }],
  }),
  'too-old': clockRow,
  'too-new': clockRow,
  // unproved: outside S3 we say it as for an old signature, with the link's own lifetime.
  'link-expired': (r) => ({
    aws: [
      'wrong',
      `Signature expired: ${basicTime(r.requestTime)} is now earlier than ${basicTime(r.now - r.expires * 1000)} (${basicTime(r.now)} - ${Math.ceil(r.expires / 60)} min.)`,
    ],
    s3: [
      'AccessDenied',
      403,
      'Request has expired',
      {
        'X-Amz-Expires': r.expires,
        Expires: plainTime(r.requestTime + r.expires * 1000),
        ServerTime: plainTime(r.now),
      },
    ],
  }),
  mismatch: (r) => ({
    aws: ['wrong', mismatchText],
    s3: [
      'SignatureDoesNotMatch',
      403,
      `${calculated} Check your key and signing method.`,
      {
        AWSAccessKeyId: r.accessKeyId,
        StringToSign: legible(r.stringToSign),
        SignatureProvided: r.given,
        StringToSignBytes: pairs(r.stringToSign),
        ...(r.canonical !== undefined && {
          CanonicalRequest: legible(r.canonical),
          CanonicalRequestBytes: pairs(r.canonical),
        }),
      },
    ],
  }),
  'content-hash-missing': () => ({
    aws: ['wrong', mismatchText],
    s3: ['InvalidRequest', 400, 'Missing required header for this request: x-amz-content-sha256'],
  }),
  'content-hash-malformed': (r) => ({
    aws: ['wrong', mismatchText],
    s3: ['InvalidArgument', 400, contentHashText, { ArgumentName: 'x-amz-content-sha256', ArgumentValue: r.given }],
  }),
}

/** The Query services word the commonest refusal differently. */
const queryTexts: Partial<Record<string, string>> = {
  'Missing Authentication Token': 'Request is missing Authentication Token',
  'The security token included in the request is invalid.': 'The security token included in the request is invalid',
}

/** The refusal in the protocol's own code, status and words. */
export function phrase(refusal: SignatureRefusal, style: SignatureStyle): AwsError {
  const row = (rows[refusal.kind] as (refusal: SignatureRefusal) => Row)(refusal)
  const detail = `signature: ${refusal.kind}`
  if (style === 's3') {
    const [code, status, text, extra] = row.s3
    return new AwsError(code, text, { status, detail, ...(extra && { extra }) })
  }
  const [which, text] = row.aws
  const [code, status] = codes[which][style]
  return new AwsError(code, style === 'query' ? (queryTexts[text] ?? text) : text, { status, detail })
}
