/** SMS by a provider: each is a row that says what is posted and what a refusal means; trying again is the same for all. */
import { FetchError } from '../outbound/guarded-fetch.ts'
import type { Fetched, World } from '../world.ts'
import { type Outcome, persist, readRetryAfter } from './again.ts'
import { DeliveryError, type DeliveryReason } from './failure.ts'
import type { Sms, SmsProvider, SmsSettings } from './sms-provider.ts'
import { sns } from './sns.ts'
import { twilio } from './twilio.ts'
import { webhook } from './webhook.ts'

const providers: {
  readonly [Name in SmsSettings['provider']]: (
    settings: Extract<SmsSettings, { provider: Name }>,
    webhookKey: Buffer,
  ) => SmsProvider
} = { webhook, twilio, sns }

/** The provider of the settings. */
export const smsProvider = (settings: SmsSettings, webhookKey: Buffer): SmsProvider =>
  (providers[settings.provider] as (settings: SmsSettings, webhookKey: Buffer) => SmsProvider)(settings, webhookKey)

type Reach = Pick<World, 'fetch' | 'now'>

/** Hands an SMS to the provider. Rejects with a DeliveryError. */
export const sendSms = (provider: SmsProvider, reach: Reach, sms: Sms): Promise<void> =>
  persist(reach.now, async (timeoutMs): Promise<Outcome> => {
    const { url, ...request } = provider.request(sms, reach.now())
    try {
      return judge(provider, await reach.fetch(url, { ...request, timeoutMs }), reach.now())
    } catch (error) {
      if (!(error instanceof FetchError)) throw error
      const failure = new DeliveryError('unreachable', `${provider.name}: ${error.message}`)
      return { failure, again: error.reason === 'unreachable' && !error.mayHaveArrived ? 'soon' : 'never' }
    }
  })

const reasons: Readonly<Record<number, DeliveryReason>> = {
  401: 'not-allowed',
  403: 'not-allowed',
  429: 'busy',
  503: 'busy',
}

/** 429 says that it was not taken; 503 says so only where it asks to come again. */
function judge(provider: SmsProvider, answer: Fetched, now: number): Outcome {
  const { status, headers } = answer
  if (status >= 200 && status < 300) return 'taken'
  const word = provider.wordOf(answer)
  const reason = provider.reasonOf?.(answer) ?? reasons[status] ?? (status < 500 ? 'refused' : 'unreachable')
  const failure = new DeliveryError(reason, `${provider.name} answered ${status}${word && `, ${word}`}.`)
  const wait = readRetryAfter(headers['retry-after'], now)
  if (status === 429 || (status < 500 && reason === 'busy')) return { failure, again: wait ?? 'soon' }
  return { failure, again: status === 503 ? (wait ?? 'never') : 'never' }
}
