/** A message that was not delivered: why, in a word of a closed set, and for the log what the provider said. */

export type DeliveryReason =
  /** No provider is set. */
  | 'no-provider'
  /** The provider does not know us, or lets us send nothing. */
  | 'not-allowed'
  /** It would not send this message to this receiver. */
  | 'refused'
  /** It has too much to do. */
  | 'busy'
  /** It could not be reached, or did not say whether it took the message. */
  | 'unreachable'

/** The message holds neither address nor code: it goes to the log. */
export class DeliveryError extends Error {
  readonly reason: DeliveryReason
  constructor(reason: DeliveryReason, message: string) {
    super(message)
    this.name = 'DeliveryError'
    this.reason = reason
  }
}
