/** The refusals: an AWS error code with AWS's sentence for the caller and, apart from it, a private detail for the log. */

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

  constructor(
    code: string,
    message: string,
    more: { status?: number; extra?: Record<string, string | number>; detail?: string } = {},
  ) {
    super(message)
    this.name = code
    this.code = code
    this.status = more.status
    this.extra = more.extra ?? {}
    this.detail = more.detail
  }
}

/** Refuses: `made ?? fail('GroupExistsException', '…')`. */
export function fail(
  code: string,
  message: string,
  more?: { status?: number; extra?: Record<string, string | number>; detail?: string },
): never {
  throw new AwsError(code, message, more)
}
