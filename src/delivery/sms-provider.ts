/** What a provider of SMS is: what it is asked, and how its answers are read. */
import type { Fetched, FetchRequest } from '../world.ts'
import type { DeliveryReason } from './failure.ts'

/** What is set for the one provider that is used. URLs have no slash at the end. */
export type SmsSettings =
  | { readonly provider: 'webhook'; readonly url: string }
  | {
      readonly provider: 'twilio'
      readonly url: string
      readonly account: string
      readonly token: string
      /** A number, a sender's name, or a messaging service (`MG…`). */
      readonly from: string
    }
  | {
      readonly provider: 'sns'
      readonly url: string
      readonly region: string
      readonly accessKeyId: string
      readonly secretAccessKey: string
    }

export type Sms = { readonly to: string; readonly body: string }

/** One way to send an SMS. */
export type SmsProvider = {
  /** For the log. */
  readonly name: string
  /** Made anew for each try: a signature holds the time, in epoch milliseconds. */
  request(sms: Sms, now: number): { readonly url: string } & FetchRequest
  /** Its own word for a refusal, from an answer that is no 2xx, such as `code 21211`; empty if it has none. */
  wordOf(answer: Fetched): string
  /** Where its own word says more than the status. */
  reasonOf?(answer: Fetched): DeliveryReason | undefined
}
