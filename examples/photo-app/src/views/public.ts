/** What everybody may see; and, for guests, the one place where they may leave something. */
import { type App, folderOf, type View } from '../app.ts'
import { h, say } from '../dom.ts'
import { attempts } from '../parts/attempt.ts'
import { gallery } from '../parts/gallery.ts'
import { uploads } from '../parts/uploads.ts'
import { sentenceOf } from '../sentences.ts'

/** The pictures under `public/`, read with whatever credentials there are. */
export function publicGallery({ storage }: Pick<App, 'storage'>): HTMLElement {
  const { element, show } = gallery({ storage, empty: h('p', { class: 'empty' }, 'Nothing is public yet.') })
  storage.list('public/').then(show, (error) => {
    say(sentenceOf(error))
    show([])
  })
  return element
}

export const publicView: View = {
  title: 'Public pictures',
  whom: 'user',
  show: (app) =>
    h(
      'div',
      { class: 'page' },
      h('h1', { class: 'focus-first', tabindex: '-1' }, 'Public pictures'),
      h(
        'p',
        { class: 'lead' },
        'Guests and members see these alike. Your role lets you look at ',
        h('code', {}, 'public/'),
        ', not write there.',
      ),
      publicGallery(app),
    ),
}

export const guestView: View = {
  title: 'Guest view',
  whom: 'guest',
  show: (app) => {
    const { storage, session } = app
    const dropped = h('ul', { class: 'dropped', 'aria-label': 'What you have left' })
    return h(
      'div',
      { class: 'page' },
      h('h1', { class: 'focus-first', tabindex: '-1' }, 'You are a guest'),
      h(
        'p',
        { class: 'lead' },
        'Guests get credentials too, without any account: an identity of their own and a role that may look at ',
        h('code', {}, 'public/'),
        ' and drop files into ',
        h('code', {}, 'temp/'),
        '.',
      ),
      h('section', {}, h('h2', {}, 'Look'), publicGallery(app)),
      h(
        'section',
        {},
        h('h2', {}, 'Leave something'),
        uploads({
          storage,
          folder: 'temp/',
          heading: 'Drop pictures here. They go in, and guests cannot get them out again.',
          onDone: (key) => dropped.append(h('li', {}, h('code', {}, key))),
        }),
        dropped,
      ),
      h(
        'section',
        {},
        h('h2', {}, 'Try what guests may not'),
        attempts([
          {
            label: 'Put a file into public/',
            request: () => 'PutObject public/from-a-guest.txt',
            because: () => 'A guest may write below temp/ and nowhere else.',
            run: () => storage.write('public/from-a-guest.txt', 'Hello'),
          },
          {
            label: 'Read what lies in temp/',
            request: () => 'ListObjectsV2 temp/',
            because: () => 'A guest may list public/ only. What others have dropped stays theirs.',
            run: () => storage.list('temp/'),
          },
          {
            label: 'Open a member’s folder',
            request: () => `ListObjectsV2 ${folderOf(session.identityId)}`,
            because: () => 'Folders below users/ are for people who have signed in, each for one’s own.',
            run: () => storage.list(folderOf(session.identityId)),
          },
        ]),
      ),
    )
  },
}
