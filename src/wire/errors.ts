/** The refusals: an AWS error code with AWS's sentence for the caller and, apart from it, a private detail for the log. */

type More = {
  status?: number
  extra?: Record<string, string | number>
  detail?: string
  explanation?: string
  encoded?: string | undefined
}

/** Thrown on purpose to refuse a request; everything else that is thrown is a bug and answers InternalError. */
export class AwsError extends Error {
  /** The code on the wire, such as `NotAuthorizedException` or `NoSuchKey`. */
  readonly code: string
  /** HTTP status, where the protocol does not settle it (AWS JSON answers 400 to every client error). */
  readonly status: number | undefined
  /** Further elements of the answer: S3's `BucketName`, Cognito's `reasonCode`. */
  readonly extra: Readonly<Record<string, string | number>>
  /** For the log only. */
  readonly detail: string | undefined
  /** Why policy said no, in a sentence. It quotes policies, so callers see it in development only. */
  readonly explanation: string | undefined
  /** The same and more, sealed, for DecodeAuthorizationMessage. */
  readonly encoded: string | undefined

  constructor(code: string, message: string, more: More = {}) {
    super(message)
    this.name = code
    this.code = code
    this.status = more.status
    this.extra = more.extra ?? {}
    this.detail = more.detail
    this.explanation = more.explanation
    this.encoded = more.encoded
  }
}

/** Refuses: `made ?? fail('GroupExistsException', '…')`. */
export function fail(code: string, message: string, more?: More): never {
  throw new AwsError(code, message, more)
}

/** What a denial says besides its sentence: the sealed message always, why policy said no only where that is `explained`. */
export const denialHeaders = (error: Denial, explained: boolean): Record<string, string> => ({
  ...encodedHeader(error),
  ...(explained && explainHeader(error)),
})

type Denial = Pick<AwsError, 'encoded' | 'explanation'>

/** A denial that its receiver cannot read: with it, somebody with the permission may ask STS. */
export const encodedHeader = ({ encoded }: Pick<AwsError, 'encoded'>): Record<string, string> =>
  encoded === undefined ? {} : { 'x-poolhouse-encoded-denial': encoded }

const longestHeader = 1000

/** The header that tells why policy said no: one line of printable ASCII; none where nothing was explained. */
export const explainHeader = ({ explanation }: Pick<AwsError, 'explanation'>): Record<string, string> =>
  explanation === undefined
    ? {}
    : { 'x-poolhouse-explain': explanation.replace(/[^\x20-\x7e]/g, '?').slice(0, longestHeader) }
