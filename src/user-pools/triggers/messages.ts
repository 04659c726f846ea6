/** Messages and functions: why one is sent, the words a CustomMessage function gives it, the senders that take it over. */
import { keyNamespace, senderKey } from '../../functions/sender-key.ts'
import { encryptMessage } from '../../protocols/encryption-sdk.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { triggerAttributes } from './attributes.ts'
import { arnOf, callTrigger } from './call.ts'
import { type MetadataOperation, metadataFor } from './metadata.ts'
import type { SourceOf, Text } from './table.ts'

/** Why a message is sent: the second half of its source. */
export type MessageReason = SourceOf<'CustomMessage'> extends `CustomMessage_${infer Reason}` ? Reason : never

/** What a message is sent for, as functions are told. */
export type MessageCause = {
  readonly reason: MessageReason
  readonly operation: MetadataOperation
  readonly clientId?: string | undefined
  readonly clientMetadata?: Text | undefined
}

export type Receiver = { readonly username: string; readonly status: string; readonly attributes: Text }

/** A pool's own words for one message; what is absent stays as the pool's template says. */
export type Words = { readonly subject?: string; readonly html?: string; readonly sms?: string }

const code = '{####}'
const username = '{username}'
const link = '{##Verify Email##}'

/** AWS: API_MessageTemplateType and "Custom message Lambda trigger". */
const longest = { emailMessage: 20_000, emailSubject: 140, smsMessage: 140 } as const

/**
 * The words of the pool's CustomMessage function; none where there is no such function. Refuses words without the places
 * the message needs, words that are too long, and words for e-mail that the pool does not send from its own address.
 */
export async function customWords(
  world: World,
  pool: Pool,
  user: Receiver,
  cause: MessageCause,
  byLink = false,
): Promise<Words> {
  const { reason, operation, clientId, clientMetadata: ClientMetadata } = cause
  const invites = reason === 'AdminCreateUser'
  const answer = await callTrigger(world, pool, 'CustomMessage', `CustomMessage_${reason}`, {
    userName: user.username,
    clientId,
    request: {
      userAttributes: triggerAttributes(user),
      codeParameter: code,
      ...(invites && { usernameParameter: username }),
      ...(byLink && { linkParameter: link }),
      clientMetadata: metadataFor(operation, 'CustomMessage', { ClientMetadata }).clientMetadata,
    },
  })
  if (!answer) return {}
  const { emailMessage, emailSubject, smsMessage } = answer
  const own = pool.settings.EmailConfiguration.EmailSendingAccount === 'DEVELOPER'
  if ((emailMessage !== undefined || emailSubject !== undefined) && !own)
    refuse('emailMessage and emailSubject need an EmailSendingAccount of DEVELOPER')
  for (const [name, most] of Object.entries(longest))
    if ((answer[name as keyof typeof longest] ?? '').length > most) refuse(`${name} is longer than ${most} characters`)
  for (const body of [emailMessage, smsMessage]) {
    const linked = byLink && body === emailMessage && /\{##[^{}]+?##\}/.test(body ?? '')
    if (body !== undefined && !body.includes(code) && !linked) refuseWithoutCode(body === emailMessage)
    if (body !== undefined && invites && !body.includes(username)) refuse(`${username} is missing`)
  }
  return {
    ...(emailSubject !== undefined && { subject: emailSubject }),
    ...(emailMessage !== undefined && { html: emailMessage }),
    ...(smsMessage !== undefined && { sms: smsMessage }),
  }
}

/**
 * In the words of AWS's validator, as reports of e-mails have them. Without the text itself, in which a function may have
 * put what is not for the caller. unproved: the same for SMS.
 */
const refuseWithoutCode = (email: boolean): never =>
  fail(
    'InvalidParameterException',
    `1 validation error detected: Value at '${email ? 'emailBody' : 'smsMessage'}' failed to satisfy constraint: ` +
      `Member must satisfy regular expression pattern: ${email ? placed : '.*\\{####\\}.*'}`,
  )

const placed = '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{####\\}[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*'

/** unproved: the sentence; the class is from the guide. */
const refuse = (detail: string): never =>
  fail('InvalidLambdaResponseException', `Invalid lambda function output : ${detail}`, { detail })

const senders = {
  email: { trigger: 'CustomEmailSender', type: 'customEmailSenderRequestV1' },
  phone_number: { trigger: 'CustomSMSSender', type: 'customSMSSenderRequestV1' },
} as const

/** What a notice says, as the types that AWS publishes for functions name it. */
export type Notice = {
  readonly EVENT_ID: string
  readonly USER_NAME: string
  readonly IP_ADDRESS: string
  readonly ACCOUNT_TAKE_OVER_ACTION: 'BLOCK' | 'NO_ACTION' | 'MFA'
  readonly ONE_CLICK_LINK_VALID: string
  readonly ONE_CLICK_LINK_INVALID: string
  readonly LOGIN_TIME: string
  readonly FEEDBACK_TOKEN: string
  readonly DEVICE_NAME: string
  readonly CITY?: string | undefined
  readonly COUNTRY?: string | undefined
}

/**
 * Hands a notice of a risky sign-in to the pool's e-mail sender; false where the pool has none and sends by itself. It
 * carries no code. unproved: that the user's own attributes come along, which the published types neither have nor forbid:
 * without them a function could not tell where the notice goes.
 */
export function sendNoticeByFunction(
  world: World,
  pool: Pool,
  user: Receiver,
  clientId: string | undefined,
  notice: Notice,
): boolean {
  if (arnOf(pool, 'CustomEmailSender') === undefined) return false
  const said = Object.fromEntries(Object.entries(notice).filter(([, value]) => value !== undefined)) as Text
  callTrigger(world, pool, 'CustomEmailSender', 'CustomEmailSender_AccountTakeOverNotification', {
    ...{ userName: user.username, clientId },
    request: { type: senders.email.type, userAttributes: { ...triggerAttributes(user), ...said } },
  }).catch((error: unknown) => world.log.error({ err: error, pool: pool.id }, 'A sender function failed.'))
  return true
}

/**
 * Hands the code to the pool's sender of that channel, encrypted; false where the pool has none and sends by itself.
 * AWS calls senders asynchronously: what becomes of the message is the function's affair, and in its log.
 */
export function sendByFunction(
  world: World,
  pool: Pool,
  user: Receiver,
  channel: keyof typeof senders,
  plain: string,
  cause: MessageCause,
): boolean {
  const { trigger, type } = senders[channel]
  const key = pool.settings.LambdaConfig.KMSKeyID
  if (arnOf(pool, trigger) === undefined || key === undefined) return false
  // AWS escapes the two characters in temporary passwords, and in nothing else.
  const text = cause.reason === 'AdminCreateUser' ? plain.replaceAll('<', '&lt;').replaceAll('>', '&gt;') : plain
  const message = encryptMessage(
    Buffer.from(text),
    { namespace: keyNamespace, name: key, bytes: senderKey(world.seal, key) },
    { 'userpool-id': pool.id },
    (bytes) => world.random(bytes),
  )
  const sent = {
    userName: user.username,
    clientId: cause.clientId,
    request: {
      type,
      code: message.toString('base64'),
      clientMetadata: metadataFor(cause.operation, trigger, { ClientMetadata: cause.clientMetadata }).clientMetadata,
      userAttributes: triggerAttributes(user),
    },
  }
  const called =
    trigger === 'CustomEmailSender'
      ? callTrigger(world, pool, trigger, `${trigger}_${cause.reason}`, sent)
      : callTrigger(world, pool, trigger, `${trigger}_${cause.reason}`, sent)
  called.catch((error: unknown) => world.log.error({ err: error, pool: pool.id }, 'A sender function failed.'))
  return true
}
