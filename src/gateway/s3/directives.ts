/** What of a copy is the request's own and what the source's. AWS: S3 API Reference, CopyObject, x-amz-metadata-directive, x-amz-tagging-directive. */
import { invalidArgument } from './refusals.ts'
import type { S3Request } from './request.ts'
import { copySourceHeader } from './source-name.ts'
import { readTagHeader, type Tags } from './tags.ts'

type Headers = S3Request['headers']

/** Whether the request's own replace what the source has. */
export function replaces(headers: Headers, of: 'metadata' | 'tagging'): boolean {
  const name = `x-amz-${of}-directive`
  const value = headers[name] ?? 'COPY'
  if (value !== 'COPY' && value !== 'REPLACE') {
    invalidArgument(`Unknown ${of} directive.`, name, value)
  }
  return value === 'REPLACE'
}

/** The tags that a request brings: to a copy only where they replace the source's. */
export const broughtTags = (headers: Headers): Tags | undefined =>
  headers[copySourceHeader] === undefined || replaces(headers, 'tagging')
    ? readTagHeader(headers['x-amz-tagging'])
    : undefined
