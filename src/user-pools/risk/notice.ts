/** Telling a user about a sign-in that looked risky, in the pool's own words. AWS: API_NotifyConfigurationType. */
import { escapeHtml } from '../../protocols/escape-html.ts'
import type { World } from '../../world.ts'
import { reportUndelivered } from '../logs/delivery.ts'
import type { Pool } from '../pools/pool.ts'
import { type Notice, sendNoticeByFunction } from '../triggers/messages.ts'
import type { User } from '../users/user.ts'
import type { AuthEvent, FeedbackValue } from './event.ts'
import { feedbackPath, feedbackToken } from './feedback.ts'
import type { RiskDocument } from './risk-document.ts'

export type Outcome = 'blocked' | 'mfa' | 'allowed'

const members = { blocked: 'BlockEmail', mfa: 'MfaEmail', allowed: 'NoActionEmail' } as const

/** unproved: AWS's own words for a pool that has none. */
const standard: Readonly<Record<Outcome, string>> = {
  blocked: 'We blocked an unrecognised sign-in to your account',
  mfa: 'We asked for a second factor at an unrecognised sign-in to your account',
  allowed: 'There was an unrecognised sign-in to your account',
}

const standardBody = (first: string) =>
  `<p>${first}, {username}.</p><p>Time: {login-time}<br>Device: {device-name}<br>Address: {ip-address}</p>` +
  '<p>Was it you? <a href="{one-click-link-valid}">Yes, it was me</a> · ' +
  '<a href="{one-click-link-invalid}">No, it was not me</a></p>'

/** Where the link of a notice leads. */
export const feedbackLink = (world: World, event: AuthEvent, value: FeedbackValue): string =>
  `${world.settings.publicUrl}${feedbackPath}?token=${feedbackToken(world, event)}&value=${value}`

const actions = { blocked: 'BLOCK', mfa: 'MFA', allowed: 'NO_ACTION' } as const

/** The same for the pool's own sender. */
const noticeOf = (world: World, user: User, outcome: Outcome, event: AuthEvent): Notice => ({
  EVENT_ID: event.id,
  USER_NAME: user.username,
  IP_ADDRESS: event.origin.address ?? 'unknown',
  ACCOUNT_TAKE_OVER_ACTION: actions[outcome],
  ONE_CLICK_LINK_VALID: feedbackLink(world, event, 'Valid'),
  ONE_CLICK_LINK_INVALID: feedbackLink(world, event, 'Invalid'),
  LOGIN_TIME: new Date(event.at).toUTCString(),
  FEEDBACK_TOKEN: feedbackToken(world, event),
  DEVICE_NAME: event.origin.deviceName,
  CITY: event.origin.location?.city,
  COUNTRY: event.origin.location?.country,
})

/**
 * Sends the notice to the user's verified e-mail address, if there is one. Nobody waits for it; a failure is in the
 * server's log and in the pool's.
 */
export function notify(
  world: World,
  pool: Pool,
  user: User,
  document: RiskDocument,
  outcome: Outcome,
  event: AuthEvent,
): void {
  const { email, email_verified: verified } = user.attributes
  if (!email || verified !== 'true') return
  if (sendNoticeByFunction(world, pool, user, event.clientId, noticeOf(world, user, outcome, event))) return
  const words = document.AccountTakeoverRiskConfiguration?.NotifyConfiguration?.[members[outcome]]
  const values: Readonly<Record<string, string>> = {
    username: user.username,
    'login-time': new Date(event.at).toUTCString(),
    'device-name': event.origin.deviceName,
    'ip-address': event.origin.address ?? 'unknown',
    city: event.origin.location?.city ?? 'unknown',
    country: event.origin.location?.country ?? 'unknown',
    'one-click-link-valid': feedbackLink(world, event, 'Valid'),
    'one-click-link-invalid': feedbackLink(world, event, 'Invalid'),
  }
  const html =
    words?.HtmlBody ?? (words?.TextBody === undefined ? standardBody(standard[outcome]) : textAsHtml(words.TextBody))
  world
    .send({
      channel: 'email',
      to: email,
      subject: fill(words?.Subject ?? standard[outcome], values, (value) => value).replace(
        /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g,
        ' ',
      ),
      body: fill(html, values, escapeHtml),
      code: '',
      sentAt: world.now(),
    })
    .catch((error: unknown) => {
      world.log.warn({ err: error, pool: user.poolId }, 'A notice could not be delivered.')
      reportUndelivered(world, user.poolId, 'The notice of a sign-in could not be delivered.')
    })
}

const textAsHtml = (text: string) => escapeHtml(text).replace(/\r?\n/g, '<br>')

/** In one pass, so that a value which looks like a place is not filled in again. */
const fill = (template: string, values: Readonly<Record<string, string>>, print: (value: string) => string): string =>
  template.replace(/\{([a-z-]+)\}/g, (place, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return value === undefined ? place : print(value)
  })
