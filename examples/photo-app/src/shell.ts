/** The frame around every view: name, ways, who is here, until when. */
import type { App } from './app.ts'
import { h } from './dom.ts'
import { timeOf } from './sentences.ts'

const ways = {
  user: [
    ['pictures', 'My pictures'],
    ['public', 'Public'],
    ['how', 'How this works'],
  ],
  guest: [
    ['sign-in', 'Sign in'],
    ['guest', 'Guest view'],
    ['how', 'How this works'],
  ],
} as const

/** Routes that belong to the way `sign-in`. */
const entry = ['sign-up', 'confirm', 'forgot', 'reset']

export function shell(app: App, route: string, view: HTMLElement, leave: () => void): HTMLElement {
  const { user, credentials } = app.session
  const current = entry.includes(route) ? 'sign-in' : route
  return h(
    'div',
    { class: 'shell' },
    h(
      'header',
      { class: 'top' },
      h(
        'a',
        { class: 'brand', href: user ? '#/pictures' : '#/sign-in' },
        h('img', { src: '/demo/icon.svg', alt: '', width: 32, height: 32 }),
        'Photos',
      ),
      h(
        'nav',
        { 'aria-label': 'Views' },
        ...ways[user ? 'user' : 'guest'].map(([to, name]) =>
          h('a', { href: `#/${to}`, ...(to === current && { 'aria-current': 'page' }) }, name),
        ),
      ),
      user &&
        h(
          'div',
          { class: 'who' },
          h(
            'div',
            { class: 'person' },
            h('span', { class: 'email' }, user.email),
            credentials.expiration && expiry(credentials.expiration),
          ),
          h('button', { type: 'button', class: 'secondary', onclick: leave }, 'Sign out'),
        ),
    ),
    h('main', { id: 'main' }, view),
    h(
      'footer',
      {},
      'Amplify and the AWS SDK in the browser, nothing else. ',
      app.config.mailbox !== undefined &&
        h('a', { href: app.config.mailbox, target: '_blank', rel: 'noreferrer' }, 'Development mailbox'),
    ),
  )
}

/** `Access until 15:20`. The libraries renew it before that. */
export function expiry(until: Date): HTMLElement {
  const minutes = Math.max(0, Math.round((until.getTime() - Date.now()) / 60_000))
  return h(
    'time',
    {
      class: 'expiry',
      datetime: until.toISOString(),
      title: `Temporary credentials: ${minutes} minutes left, then renewed`,
    },
    h('span', { class: 'wide-only' }, 'access '),
    `until ${timeOf(until)}`,
  )
}
