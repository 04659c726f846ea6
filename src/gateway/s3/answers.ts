/** How S3 answers: XML bodies, ids, times, ETags, and refusals as `<Error>` documents. */
import type { AwsError } from '../../wire/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import { element, elements, type XmlValue, xmlDeclaration } from '../../wire/xml.ts'

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** A document with S3's namespace. */
export const xmlDocument = (root: string, content: { [name: string]: XmlValue } | string): string =>
  `${xmlDeclaration}<${root} xmlns="${namespace}">${typeof content === 'string' ? content : elements(content)}</${root}>`

export function xmlAnswer(
  root: string,
  content: { [name: string]: XmlValue } | string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: xmlDocument(root, content) }
}

export const emptyAnswer = (status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
})

export const quoted = (etag: string) => `"${etag}"`
/** An ETag without its quotes; requests bring it either way. A weak one stays what no object has. RFC 9110 8.8.3.2. */
export const unquoted = (etag: string) => etag.trim().replace(/^"(.*)"$/, '$1')

/** `2026-01-01T00:00:00.000Z`, S3's form in XML. */
export const xmlTime = (ms: number) => new Date(ms).toISOString()
/** RFC 9110 5.6.7. */
export const httpTime = (ms: number) => new Date(ms).toUTCString()

/** Sixteen upper-case characters, made of the id that the log shows. */
const requestId = (call: Call) => call.id.replaceAll('-', '').slice(0, 16).toUpperCase()

export const idHeaders = (call: Call) => ({ 'x-amz-request-id': requestId(call), 'x-amz-id-2': call.id })

/** Statuses of the codes whose refusal does not bring its own. */
const statuses: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  RequestTimeout: 400,
  IncompleteBody: 400,
  RequestEntityTooLarge: 400,
  InternalError: 500,
}

/** The refusal as S3 writes it; without a body for HEAD and for answers that must have none. */
export function refusal(call: Call, error: AwsError): Answer {
  const status = error.status ?? statuses[error.code] ?? 400
  const headers = { ...idHeaders(call), 'content-type': 'application/xml' }
  if (call.method === 'HEAD' || status === 304) return { status, headers: idHeaders(call) }
  const { Code: _, ...extra } = { Code: '', ...error.extra }
  const content = { Code: error.code, Message: error.message, ...extra, RequestId: requestId(call), HostId: call.id }
  return { status, headers, body: xmlDeclaration + element('Error', content) }
}
