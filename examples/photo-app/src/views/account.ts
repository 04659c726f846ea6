/** The way in: create an account, confirm it, sign in, and find a forgotten password's successor. */
import { confirmResetPassword, confirmSignUp, resendSignUpCode, resetPassword, signIn, signUp } from 'aws-amplify/auth'
import type { App, View } from '../app.ts'
import { h, say } from '../dom.ts'
import { codeHint, type Field, form, passwordHint } from '../parts/form.ts'
import { sentenceOf } from '../sentences.ts'
import { welcome } from './welcome.ts'

const email = (app: App): Field => ({
  name: 'email',
  label: 'E-mail address',
  type: 'email',
  autocomplete: 'username',
  value: app.address,
  onInput: (typed) => {
    app.address = typed
  },
})
const code: Field = { name: 'code', label: 'Code', autocomplete: 'one-time-code', code: true }
const newPassword: Field = {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'new-password',
  hint: passwordHint,
}

/** Signs in by SRP: the password itself never leaves the browser. */
async function enter(app: App, username: string, password: string): Promise<void> {
  const { isSignedIn, nextStep } = await signIn({ username, password, options: { authFlowType: 'USER_SRP_AUTH' } })
  if (isSignedIn) {
    app.pending = undefined
    return app.enter('pictures')
  }
  app.pending = { email: username, password }
  if (nextStep.signInStep === 'CONFIRM_SIGN_UP') {
    await resendSignUpCode({ username })
    return app.go('confirm')
  }
  if (nextStep.signInStep === 'RESET_PASSWORD') {
    await resetPassword({ username })
    return app.go('reset')
  }
  throw new Error(`This account asks for one more step (${nextStep.signInStep}), which this example does not have.`)
}

const link = (route: string, text: string) => h('a', { href: `#/${route}` }, text)

const card = (title: string, ...children: (Node | undefined)[]) =>
  h(
    'section',
    { class: 'card account' },
    h('h2', { class: 'focus-first', tabindex: '-1' }, title),
    ...children.filter((one) => one !== undefined),
  )

const signInView: View = {
  title: 'Sign in',
  whom: 'guest',
  show: (app) =>
    welcome(
      app,
      card(
        'Sign in',
        form(
          [email(app), { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }],
          'Sign in',
          ({ email = '', password = '' }) => enter(app, email, password),
        ),
        h('p', { class: 'aside' }, link('sign-up', 'Create an account'), link('forgot', 'Forgot the password?')),
      ),
    ),
}

const signUpView: View = {
  title: 'Create an account',
  whom: 'guest',
  show: (app) =>
    welcome(
      app,
      card(
        'Create an account',
        form([email(app), newPassword], 'Create account', async ({ email = '', password = '' }) => {
          await signUp({ username: email, password, options: { userAttributes: { email } } })
          app.pending = { email, password }
          app.go('confirm')
        }),
        h('p', { class: 'aside' }, link('sign-in', 'I have an account')),
      ),
    ),
}

const confirmView: View = {
  title: 'Confirm your address',
  whom: 'guest',
  show: (app) => {
    const pending = app.pending
    const again = h(
      'button',
      {
        type: 'button',
        class: 'link',
        onclick: () =>
          pending &&
          resendSignUpCode({ username: pending.email }).then(
            () => say('A new code is on its way.'),
            (error) => say(sentenceOf(error)),
          ),
      },
      'Send a new code',
    )
    return welcome(
      app,
      card(
        'Confirm your address',
        pending && codeHint(pending.email, app.config.mailbox),
        form(pending ? [code] : [email(app), code], 'Confirm', async (values) => {
          const username = pending?.email ?? values['email'] ?? ''
          await confirmSignUp({ username, confirmationCode: values['code'] ?? '' })
          say('Your address is confirmed.')
          if (pending?.password) return enter(app, username, pending.password)
          app.pending = undefined
          app.go('sign-in')
        }),
        h('p', { class: 'aside' }, pending && again, link('sign-in', 'Sign in')),
      ),
    )
  },
}

const forgotView: View = {
  title: 'Forgotten password',
  whom: 'guest',
  show: (app) =>
    welcome(
      app,
      card(
        'Forgotten password',
        h('p', { class: 'lead' }, 'We send you a code, and with it you choose a new one.'),
        form([email(app)], 'Send the code', async ({ email = '' }) => {
          await resetPassword({ username: email })
          app.pending = { email }
          app.go('reset')
        }),
        h('p', { class: 'aside' }, link('sign-in', 'Back to sign in')),
      ),
    ),
}

const resetView: View = {
  title: 'Choose a new password',
  whom: 'guest',
  show: (app) => {
    const pending = app.pending
    return welcome(
      app,
      card(
        'Choose a new password',
        pending && codeHint(pending.email, app.config.mailbox),
        form(
          [...(pending ? [] : [email(app)]), code, { ...newPassword, label: 'New password' }],
          'Set the password and sign in',
          async (values) => {
            const username = pending?.email ?? values['email'] ?? ''
            const password = values['password'] ?? ''
            await confirmResetPassword({ username, confirmationCode: values['code'] ?? '', newPassword: password })
            await enter(app, username, password)
          },
        ),
        h('p', { class: 'aside' }, link('forgot', 'Send a new code'), link('sign-in', 'Back to sign in')),
      ),
    )
  },
}

export const accountViews = {
  'sign-in': signInView,
  'sign-up': signUpView,
  confirm: confirmView,
  forgot: forgotView,
  reset: resetView,
} as const
