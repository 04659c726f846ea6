/** Starts the app: reads the configuration, finds out who is here, and shows the view that the address names. */
import type { App, View } from './app.ts'
import { loadConfig } from './config.ts'
import { h, say } from './dom.ts'
import { forgetPictures } from './parts/gallery.ts'
import { sentenceOf } from './sentences.ts'
import { leave, readSession } from './session.ts'
import { expiry, shell } from './shell.ts'
import { openStorage } from './storage.ts'
import { accountViews } from './views/account.ts'
import { howView } from './views/how.ts'
import { picturesView } from './views/pictures.ts'
import { guestView, publicView } from './views/public.ts'

const views: Readonly<Record<string, View>> = {
  ...accountViews,
  pictures: picturesView,
  public: publicView,
  guest: guestView,
  how: howView,
}

const first = { user: 'pictures', guest: 'sign-in' } as const
const place = document.getElementById('app') as HTMLElement

async function start(): Promise<void> {
  const config = await loadConfig()
  const app: App = {
    config,
    storage: openStorage(config),
    session: await readSession(),
    address: '',
    pending: undefined,
    go(route) {
      if (location.hash === `#/${route}`) draw()
      else location.hash = `#/${route}`
    },
    async enter(route) {
      app.session = await readSession()
      app.storage = openStorage(config)
      app.go(route)
    },
  }

  const signOut = async () => {
    try {
      await leave()
    } catch (error) {
      say(sentenceOf(error))
    }
    forgetPictures()
    app.address = ''
    await app.enter('sign-in')
    say('You are signed out.')
  }

  let drawnOnce = false
  function draw() {
    const who = app.session.user ? 'user' : 'guest'
    const asked = location.hash.replace(/^#\//, '')
    const fits = Object.hasOwn(views, asked) && ['everybody', who].includes(views[asked]?.whom ?? '')
    const route = fits ? asked : first[who]
    const view = views[route] as View
    if (!fits) history.replaceState(null, '', `#/${route}`)
    document.title = `${view.title} · Photos`
    place.replaceChildren(shell(app, route, view.show(app), () => void signOut()))
    // After the first view the focus moves to the heading of each new one, as a page load would have it.
    if (drawnOnce) place.querySelector<HTMLElement>('.focus-first')?.focus()
    drawnOnce = true
    scrollTo(0, 0)
  }
  addEventListener('hashchange', draw)
  draw()
  setInterval(() => void keepSession(app, draw), 60_000)
}

/** Notices when the session has ended elsewhere: signed out on another device, refresh token expired. */
async function keepSession(app: App, draw: () => void): Promise<void> {
  try {
    const before = app.session.user !== undefined
    const now = await readSession()
    const ended = before && now.user === undefined
    const renewed = now.credentials.accessKeyId !== app.session.credentials.accessKeyId
    app.session = now
    if (ended) {
      forgetPictures()
      draw()
      say('Your session has ended. Sign in again.')
    } else if (renewed) {
      const time = now.credentials.expiration
      if (time) place.querySelector('.expiry')?.replaceWith(expiry(time))
    }
  } catch {
    // The server does not answer just now; the next minute asks again.
  }
}

start().catch((error) => {
  place.replaceChildren(
    h(
      'div',
      { class: 'broken', role: 'alert' },
      h('h1', {}, 'The app cannot start'),
      h('p', {}, sentenceOf(error)),
      h('button', { type: 'button', class: 'primary', onclick: () => location.reload() }, 'Try again'),
    ),
  )
})
