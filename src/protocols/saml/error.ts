/** Why a SAML message was not accepted: a closed set of reasons, and a sentence for the log that repeats nothing of the message. */

export type SamlReason =
  /** Not base64, not UTF-8, not well-formed XML, or XML that no SAML message needs: a DTD, an instruction, an entity. */
  | 'malformed'
  /** Too long, too deep, too many elements, attributes or namespaces. */
  | 'too-large'
  /** Well-formed, but not the one shape that is read: elements missing, repeated or in the wrong place. */
  | 'shape'
  | 'duplicate-id'
  | 'algorithm'
  | 'unsigned'
  | 'signature'
  | 'encryption'
  | 'not-encrypted'
  /** The identity provider says itself that it failed; `status` holds its code. */
  | 'status'
  | 'issuer'
  | 'destination'
  | 'recipient'
  | 'audience'
  | 'in-response-to'
  | 'expired'
  | 'not-yet-valid'
  | 'confirmation'
  | 'name-id'
  | 'metadata'

export class SamlError extends Error {
  readonly reason: SamlReason
  /** The innermost status code of the identity provider, without its prefix. */
  readonly status: string | undefined

  constructor(reason: SamlReason, message: string, status?: string) {
    super(message)
    this.name = 'SamlError'
    this.reason = reason
    this.status = status
  }
}

export function refuse(reason: SamlReason, message: string): never {
  throw new SamlError(reason, message)
}
