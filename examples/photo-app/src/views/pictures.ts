/** One's own pictures: put more in, look at them, delete them; and a try at somebody else's. */
import { folderOf, type View } from '../app.ts'
import { h, icon, say } from '../dom.ts'
import { attempts } from '../parts/attempt.ts'
import { gallery } from '../parts/gallery.ts'
import { shorten, uploads } from '../parts/uploads.ts'
import { sentenceOf } from '../sentences.ts'

/** Somebody who may or may not exist: the answer is the same. */
const somebody = '11111111-2222-4333-8444-555555555555'

export const picturesView: View = {
  title: 'My pictures',
  whom: 'user',
  show: ({ storage, session, config }) => {
    const mine = folderOf(session.identityId)
    const count = h('span', { class: 'count' })
    const { element, show } = gallery({
      storage,
      empty: h(
        'div',
        { class: 'empty' },
        icon('picture'),
        h('p', {}, h('strong', {}, 'Nothing here yet.')),
        h('p', {}, 'Drop your first picture above. Only you will be able to open it.'),
      ),
      onDelete: async ({ key, name }) => {
        await storage.remove(key)
        say(`${name} is deleted.`)
        await refresh()
      },
    })
    const refresh = async () => {
      try {
        const pictures = await storage.list(mine)
        count.textContent = pictures.length > 0 ? String(pictures.length) : ''
        show(pictures)
      } catch (error) {
        say(sentenceOf(error))
        show([])
      }
    }
    void refresh()

    const other = h('input', {
      id: 'other',
      name: 'other',
      value: `${config.region}:${somebody}`,
      spellcheck: 'false',
      autocomplete: 'off',
    })
    const theirs = () => folderOf(other.value.trim())
    const because = () =>
      `Your credentials open ${shorten(mine)} and no other folder: the role’s policy puts your identity id into the path, and that one has another.`
    return h(
      'div',
      { class: 'page' },
      h('h1', { class: 'focus-first', tabindex: '-1' }, 'My pictures', count),
      uploads({ storage, folder: mine, heading: 'Drop pictures here', onDone: () => void refresh() }),
      element,
      h(
        'section',
        { class: 'card try', 'aria-labelledby': 'try-title' },
        h('h2', { id: 'try-title' }, 'Try somebody else’s folder'),
        h('p', {}, 'Nothing in this page holds you back. Ask storage for another person’s folder and see who does.'),
        h(
          'div',
          { class: 'field' },
          h('label', { for: 'other' }, 'Identity id of the other person'),
          h('div', { class: 'control' }, other),
        ),
        attempts([
          {
            label: 'Look into it',
            request: () => `ListObjectsV2 ${theirs()}`,
            because,
            run: () => storage.list(theirs()),
          },
          {
            label: 'Put a picture into it',
            request: () => `PutObject ${theirs()}hello.txt`,
            because,
            run: () => storage.write(`${theirs()}hello.txt`, 'Hello'),
          },
        ]),
      ),
    )
  },
}
