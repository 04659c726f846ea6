/** Sending a code or a temporary password with the pool's own words, and saying where it went. */

import { DeliveryError } from '../../delivery/failure.ts'
import { AwsError } from '../../wire/errors.ts'
import { model } from '../../wire/model.ts'
import type { World } from '../../world.ts'
import { reportUndelivered } from '../logs/delivery.ts'
import type { Pool } from '../pools/pool.ts'
import { customWords, type MessageCause, type Receiver, sendByFunction } from '../triggers/messages.ts'
import type { Channel } from './channel.ts'
import { confirmationLink, sendsLink } from './link.ts'
import { maskEmail, maskPhone } from './mask.ts'
import { fillHtml, fillLine } from './templates.ts'

/** An attribute that messages can go to. */

export type Delivery = { Destination: string; DeliveryMedium: 'EMAIL' | 'SMS'; AttributeName: string }

/** What is said: a code that verifies, an invitation with a temporary password, a code of a sign-in. */
export type Occasion = 'verification' | 'invitation' | 'mfa'

type Texts = { readonly subject: string; readonly html: string; readonly sms: string }

/** The pool's texts, or AWS's own where it has none. AWS: Developer Guide, "Customizing email and SMS messages". */
const texts: Readonly<Record<Occasion, (settings: Pool['settings']) => Texts>> = {
  verification: (settings) => ({
    subject:
      settings.VerificationMessageTemplate?.EmailSubject ??
      settings.EmailVerificationSubject ??
      'Your verification code',
    html:
      settings.VerificationMessageTemplate?.EmailMessage ??
      settings.EmailVerificationMessage ??
      'Your verification code is {####}. ',
    sms:
      settings.VerificationMessageTemplate?.SmsMessage ??
      settings.SmsVerificationMessage ??
      'Your verification code is {####}. ',
  }),
  invitation: (settings) => {
    const template = settings.AdminCreateUserConfig?.InviteMessageTemplate
    const standard = 'Your username is {username} and temporary password is {####}. '
    return {
      subject: template?.EmailSubject ?? 'Your temporary password',
      html: template?.EmailMessage ?? standard,
      sms: template?.SMSMessage ?? standard,
    }
  },
  mfa: (settings) => ({
    subject: settings.EmailMfaConfiguration?.Subject ?? 'Your authentication code',
    html: settings.EmailMfaConfiguration?.Message ?? 'Your authentication code is {####}. ',
    sms: settings.SmsAuthenticationMessage ?? 'Your authentication code is {####}. ',
  }),
}

/** unproved: AWS's own texts for a pool that verifies by link and has none of its own. */
const linkTexts = ({ VerificationMessageTemplate: template }: Pool['settings']) => ({
  subject: template.EmailSubjectByLink ?? 'Your verification link',
  html: template.EmailMessageByLink ?? 'Please click the link below to verify your email address. {##Verify Email##} ',
})

/** Where a message to that attribute's value goes, as answers show it. */
export const describeDelivery = (channel: Channel, address: string): Delivery =>
  channel === 'email'
    ? { Destination: maskEmail(address), DeliveryMedium: 'EMAIL', AttributeName: channel }
    : { Destination: maskPhone(address), DeliveryMedium: 'SMS', AttributeName: channel }

/**
 * Sends `code` to the address, in the words of the pool or of its function, or hands it to the pool's own sender. Refuses
 * with CodeDeliveryFailureException when it could not be handed over, and as a function refuses.
 */
export async function deliverCode(
  world: World,
  pool: Pool,
  user: Receiver,
  occasion: Occasion,
  code: string,
  to: { readonly channel: Channel; readonly address: string },
  cause: MessageCause,
): Promise<Delivery> {
  if (sendByFunction(world, pool, user, to.channel, code, cause)) return describeDelivery(to.channel, to.address)
  const byLink = sendsLink(pool, to.channel, cause)
  const { subject, html, sms } = {
    ...texts[occasion](pool.settings),
    ...(byLink && linkTexts(pool.settings)),
    ...(await customWords(world, pool, user, cause, byLink)),
  }
  const link = byLink ? { link: await confirmationLink(world, pool, cause, user, code) } : {}
  const filling = { code, username: user.username, ...link }
  const email = to.channel === 'email'
  try {
    await world.send({
      channel: email ? 'email' : 'sms',
      to: fillLine(to.address, filling),
      subject: email ? fillLine(subject, filling) : '',
      body: email ? fillHtml(html, filling) : fillLine(sms, filling),
      code,
      sentAt: world.now(),
    })
  } catch (error) {
    reportUndelivered(world, pool.id, `${email ? 'E-mail' : 'SMS'} message delivery has failed.`)
    throw undelivered(error, to.channel, cause.operation)
  }
  return describeDelivery(to.channel, to.address)
}

/**
 * How AWS tells that a message did not leave: where the provider does not let us send, as a role without the permission;
 * otherwise as a failed delivery, and where the operation has no such error, again as the role's.
 * unproved: which error where, and the sentences but that of SNS; the provider's reason is ours to log only.
 */
function undelivered(error: unknown, channel: Channel, operation: MessageCause['operation']): AwsError {
  const declared = model('cognito-idp').operations[operation]?.errors ?? []
  const [role, sentence] = roles[channel]
  const ours = error instanceof DeliveryError && error.reason === 'not-allowed'
  const asRole = declared.includes(role) && (ours || !declared.includes('CodeDeliveryFailureException'))
  const detail = error instanceof Error ? error.message : String(error)
  return asRole
    ? new AwsError(role, sentence, { detail })
    : new AwsError('CodeDeliveryFailureException', 'The verification code could not be delivered.', { detail })
}

const roles = {
  email: ['InvalidEmailRoleAccessPolicyException', 'Role does not have permission to send with SES'],
  phone_number: ['InvalidSmsRoleAccessPolicyException', 'Role does not have permission to publish with SNS'],
} as const
