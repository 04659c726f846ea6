/** How an HTTP server behind an authorizer learns who calls: headers that no client can send, because they are taken from every request first. */
import type { Authorized } from './authorized.ts'
import { cognitoOf } from './event-parts.ts'

/** Every header of ours towards upstreams begins so. */
export const ownPrefix = 'x-poolhouse-'

/**
 * In the manner of API Gateway's parameter mapping: header to `$context.authorizer.claims.<name>`,
 * `$context.authorizer.scopes` or `$context.identity.<name>`.
 */
export type HeaderMapping = Readonly<Record<string, string>>

/** Header values are bytes; whatever is not ASCII is escaped as JSON escapes it. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Text that cannot stand in a header is percent-encoded. */
export const headerText = (value: string): string => (/^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value))

/** `x-poolhouse-claims`: the JSON object that functions find in their event. `x-poolhouse-caller`: who signed. */
export function authorizedHeaders(authorized: Authorized): Record<string, string> {
  if (authorized.kind === 'iam') {
    const { arn, userId, account } = authorized.caller
    const cognito = cognitoOf(authorized.caller)
    return {
      'x-poolhouse-caller': asciiJson({
        userArn: arn,
        userId,
        accountId: account,
        ...(cognito && { cognitoIdentity: cognito }),
      }),
    }
  }
  const scopes = authorized.kind === 'jwt' ? authorized.scopes : null
  return {
    'x-poolhouse-claims': asciiJson(authorized.claims),
    ...(scopes && { 'x-poolhouse-scopes': headerText(scopes.join(' ')) }),
  }
}

/** The mapped headers; one whose source is not there is not sent. */
export function mappedHeaders(mapping: HeaderMapping, authorized: Authorized): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, source] of Object.entries(mapping)) {
    const value = sourceOf(source, authorized)
    if (value !== undefined) found[name.toLowerCase()] = headerText(value)
  }
  return found
}

function sourceOf(source: string, authorized: Authorized): string | undefined {
  if (authorized.kind === 'iam') {
    const { arn, userId, account } = authorized.caller
    const known: Record<string, string | undefined> = {
      userArn: arn,
      user: userId,
      accountId: account,
      cognitoIdentityId: cognitoOf(authorized.caller)?.identityId,
    }
    const name = source.replace('$context.identity.', '')
    return Object.hasOwn(known, name) ? known[name] : undefined
  }
  if (source === '$context.authorizer.scopes')
    return authorized.kind === 'jwt' ? authorized.scopes?.join(' ') : undefined
  const name = source.replace('$context.authorizer.claims.', '')
  return Object.hasOwn(authorized.claims, name) ? authorized.claims[name] : undefined
}
