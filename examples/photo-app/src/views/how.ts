/** What happened behind the page, step by step, with this very session's tokens and credentials as far as they may be shown. */
import { type App, folderOf, type View } from '../app.ts'
import { h, icon } from '../dom.ts'
import { timeOf } from '../sentences.ts'
import type { Claims } from '../session.ts'

/** The claims worth a look, in the order of the story. */
const shown = {
  id: ['token_use', 'email', 'email_verified', 'cognito:username', 'aud', 'iss', 'exp'],
  access: ['token_use', 'scope', 'client_id', 'sub', 'exp'],
} as const

const printed = (name: string, value: unknown) =>
  name === 'exp' ? timeOf(new Date(Number(value) * 1000)) : String(value)

const table = (claims: Claims, names: readonly string[]) =>
  h(
    'dl',
    { class: 'claims' },
    ...names
      .filter((name) => claims[name] !== undefined)
      .flatMap((name) => [h('dt', {}, name), h('dd', {}, printed(name, claims[name]))]),
  )

const token = (name: string, use: string, ...more: HTMLElement[]) =>
  h('div', { class: 'token' }, h('h3', {}, name), h('p', {}, use), ...more)

const step = (title: string, operation: string, ...children: (HTMLElement | undefined)[]) =>
  h(
    'li',
    { class: 'step' },
    h('h2', {}, title),
    h('p', { class: 'operation' }, h('code', {}, operation)),
    ...children.filter((child) => child !== undefined),
  )

function tokensStep({ session: { user } }: App): HTMLElement {
  const operation = 'InitiateAuth USER_SRP_AUTH → RespondToAuthChallenge PASSWORD_VERIFIER'
  if (!user) {
    return step(
      'Three tokens',
      operation,
      h(
        'p',
        {},
        'You are a guest and have none. Sign in, and the user pool gives you an ID, an access and a refresh token.',
      ),
    )
  }
  return step(
    'Three tokens',
    operation,
    h(
      'p',
      {},
      'The user pool checks the password without ever seeing it (SRP), and signs two of these with keys anybody can look up.',
    ),
    h(
      'div',
      { class: 'tokens' },
      token('ID token', 'Who you are. Shown to the identity pool.', table(user.idToken, shown.id)),
      token('Access token', 'What you may do with your own account.', table(user.accessToken, shown.access)),
      token('Refresh token', 'Opaque; fetches new ones. Signing out revokes it, and this page does not show it.'),
    ),
  )
}

function identityStep({ session }: App): HTMLElement {
  return step(
    'One identity',
    'GetId',
    h(
      'p',
      {},
      session.user
        ? 'The identity pool verifies the ID token and gives you an id that stays the same whenever you sign in. It is the name of your folder.'
        : 'The identity pool allows guests, so it gave this browser an identity of its own.',
    ),
    h('p', { class: 'fact' }, h('code', {}, session.identityId)),
  )
}

function credentialsStep({ session: { credentials, user } }: App): HTMLElement {
  return step(
    'Temporary credentials',
    'GetCredentialsForIdentity → AssumeRoleWithWebIdentity',
    h(
      'p',
      {},
      `An access key for an hour, bound to the role for ${user ? 'members' : 'guests'}. The libraries renew it in time.`,
    ),
    h(
      'dl',
      { class: 'claims' },
      h('dt', {}, 'Access key'),
      h('dd', {}, credentials.accessKeyId),
      h('dt', {}, 'Good until'),
      h('dd', {}, credentials.expiration ? timeOf(credentials.expiration) : 'unknown'),
    ),
  )
}

function policyStep({ session, config }: App): HTMLElement {
  const variable = '$' + '{cognito-identity.amazonaws.com:sub}'
  const rule = session.user
    ? {
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        Resource: `arn:aws:s3:::${config.bucket}/users/${variable}/*`,
      }
    : { Action: 's3:PutObject', Resource: `arn:aws:s3:::${config.bucket}/temp/*` }
  return step(
    'Every request is decided',
    'PutObject, GetObject, ListObjectsV2, …',
    h(
      'p',
      {},
      'Storage checks the signature and evaluates the role’s policy, each time. What is not allowed is refused:',
    ),
    h('pre', { tabindex: '0' }, JSON.stringify({ Effect: 'Allow', ...rule }, null, 2)),
    (session.user &&
      h(
        'p',
        {},
        icon('lock'),
        ' For you the variable reads ',
        h('code', {}, folderOf(session.identityId).slice('users/'.length, -1)),
        '.',
      )) ||
      undefined,
  )
}

export const howView: View = {
  title: 'How this works',
  whom: 'everybody',
  show: (app) =>
    h(
      'div',
      { class: 'page how' },
      h('h1', { class: 'focus-first', tabindex: '-1' }, 'How this works'),
      h(
        'p',
        { class: 'lead' },
        'Four steps lie between a password and a picture in a bucket. These are yours, right now.',
      ),
      h('ol', { class: 'steps' }, tokensStep(app), identityStep(app), credentialsStep(app), policyStep(app)),
    ),
}
