/** SMS by Amazon SNS, or what speaks its Query protocol. AWS: SNS API Reference, Publish and "Common errors". */
import { signedHeaders } from '../outbound/aws.ts'
import type { Fetched } from '../world.ts'
import type { DeliveryReason } from './failure.ts'
import type { SmsProvider, SmsSettings } from './sms-provider.ts'

export const sns = (settings: Extract<SmsSettings, { provider: 'sns' }>): SmsProvider => ({
  name: 'SNS',
  request({ to, body }, now) {
    const url = `${settings.url}/`
    const form = new URLSearchParams({
      Action: 'Publish',
      Version: '2010-03-31',
      PhoneNumber: to,
      Message: body,
      // Codes are urgent: Cognito sends them as transactional messages.
      'MessageAttributes.entry.1.Name': 'AWS.SNS.SMS.SMSType',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': 'Transactional',
    }).toString()
    const plain = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    const headers = signedHeaders({
      url,
      region: settings.region,
      service: 'sns',
      keys: settings,
      plain,
      body: form,
      now,
    })
    return { url, method: 'POST', headers, body: form }
  },
  wordOf: codeOf,
  reasonOf: (answer) => reasons[codeOf(answer)],
})

/** SNS says most with 400 and 403. */
const reasons: Readonly<Record<string, DeliveryReason>> = {
  Throttling: 'busy',
  ThrottlingException: 'busy',
  Throttled: 'busy',
  InvalidParameter: 'refused',
  InvalidParameterValue: 'refused',
  OptedOut: 'refused',
}

/** The name of the error; its sentence may name the receiver. */
const codeOf = ({ body }: Fetched): string => /<Code>(\w{1,80})<\/Code>/.exec(body.toString())?.[1] ?? ''
