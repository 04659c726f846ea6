/** The first thing a visitor sees: what this is, the way in, and what even a guest may look at. */
import type { App } from '../app.ts'
import { h } from '../dom.ts'
import { publicGallery } from './public.ts'

export const welcome = (app: App, way: HTMLElement): HTMLElement =>
  h(
    'div',
    { class: 'welcome' },
    h(
      'header',
      { class: 'hero' },
      h('h1', {}, 'Your pictures, in your folder.', h('span', {}, 'Nobody else’s.')),
      h(
        'p',
        { class: 'lead' },
        'There is no server behind this page. You sign in, get credentials that last an hour and open one folder, and the browser talks to storage itself.',
      ),
    ),
    way,
    h(
      'section',
      { class: 'preview', 'aria-labelledby': 'preview-title' },
      h(
        'div',
        { class: 'section-head' },
        h('h2', { id: 'preview-title' }, 'Open to everybody'),
        h('a', { href: '#/guest' }, 'Look around as a guest'),
      ),
      publicGallery(app),
    ),
  )
