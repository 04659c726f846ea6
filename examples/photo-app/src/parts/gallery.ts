/** Pictures in a grid, read with one's own credentials, and one of them large. */
import { h, icon, say } from '../dom.ts'
import { dateOf, sentenceOf, sizeOf } from '../sentences.ts'
import type { Picture, Storage } from '../storage.ts'

export type Gallery = { readonly element: HTMLElement; show(pictures: readonly Picture[]): void }

type Options = {
  readonly storage: Storage
  /** What stands there while there is none. */
  readonly empty: HTMLElement
  /** Absent: nothing can be deleted here. */
  readonly onDelete?: (picture: Picture) => Promise<void>
}

/** Object URLs by key and time: a picture is fetched once as long as it does not change. */
const fetched = new Map<string, Promise<string>>()

function sourceOf(storage: Storage, { key, modified }: Picture): Promise<string> {
  const name = `${key} ${modified.getTime()}`
  const known = fetched.get(name)
  if (known) return known
  const url = storage.read(key).then((blob) => URL.createObjectURL(blob))
  url.catch(() => fetched.delete(name))
  fetched.set(name, url)
  return url
}

/** Forgets every picture: the next person here must not see them. */
export function forgetPictures(): void {
  for (const url of fetched.values())
    url.then(
      (source) => URL.revokeObjectURL(source),
      () => undefined,
    )
  fetched.clear()
}

export function gallery({ storage, empty, onDelete }: Options): Gallery {
  const element = h('div', { class: 'gallery' }, ...skeletons(4))
  element.setAttribute('aria-busy', 'true')

  // A picture is fetched when it comes near the visible part of the page.
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue
        near.unobserve(target)
        ;(target as Tile).load?.()
      }
    },
    { rootMargin: '400px' },
  )

  return {
    element,
    show(pictures) {
      near.disconnect()
      element.removeAttribute('aria-busy')
      if (pictures.length === 0) return element.replaceChildren(empty)
      const list = h('ul', { class: 'grid' })
      pictures.forEach((picture, index) => {
        const tile = tileOf(storage, picture, () => openLarge({ storage, pictures, index, onDelete }))
        near.observe(tile)
        list.append(tile)
      })
      element.replaceChildren(list)
    },
  }
}

const skeletons = (count: number) =>
  Array.from({ length: count }, () => h('div', { class: 'skeleton', 'aria-hidden': 'true' }))

type Tile = HTMLElement & { load?: () => void }

function tileOf(storage: Storage, picture: Picture, open: () => void): Tile {
  const frame = h('span', { class: 'frame loading' })
  const tile: Tile = h(
    'li',
    {},
    h(
      'button',
      { type: 'button', class: 'tile', onclick: open, 'aria-label': `${titleOf(picture)}, show large` },
      frame,
      h('span', { class: 'caption', 'aria-hidden': 'true' }, titleOf(picture)),
    ),
  )
  tile.load = async () => {
    try {
      const image = h('img', { src: await sourceOf(storage, picture), alt: '', decoding: 'async' })
      image.addEventListener('error', () => frame.replaceChildren(h('span', { class: 'unseen' }, 'No picture')))
      frame.replaceChildren(image)
    } catch {
      frame.replaceChildren(h('span', { class: 'unseen' }, 'Not readable'))
    }
    frame.classList.remove('loading')
  }
  return tile
}

/** `dawn-over-the-bay.svg` as people write it. */
const titleOf = ({ name }: Picture) => {
  const words = name.replace(/\.\w{2,5}$/, '').replace(/[-_]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

type Large = Pick<Options, 'storage' | 'onDelete'> & { pictures: readonly Picture[]; index: number }

/** A modal dialog: Escape closes, arrows turn the leaf, the focus returns to the tile. */
function openLarge({ storage, pictures, index, onDelete }: Large): void {
  let at = index
  const stage = h('div', { class: 'stage' })
  const title = h('h2', { id: 'large-title' })
  const facts = h('p', { class: 'facts' })
  const step = (by: number) => {
    at = (at + by + pictures.length) % pictures.length
    void draw()
  }
  const turn = (by: number, name: 'left' | 'right', label: string) =>
    pictures.length > 1 &&
    h('button', { type: 'button', class: `round ${name}`, 'aria-label': label, onclick: () => step(by) }, icon(name))
  const bin =
    onDelete &&
    deleteButton(async () => {
      const picture = pictures[at]
      if (picture) await onDelete(picture)
      dialog.close()
    })
  const dialog = h(
    'dialog',
    { class: 'large', 'aria-labelledby': 'large-title' },
    h(
      'div',
      { class: 'bar' },
      h('div', {}, title, facts),
      h(
        'div',
        { class: 'actions' },
        bin,
        h(
          'button',
          { type: 'button', class: 'round', 'aria-label': 'Close', onclick: () => dialog.close() },
          icon('close'),
        ),
      ),
    ),
    h('div', { class: 'leaf' }, turn(-1, 'left', 'Previous picture'), stage, turn(1, 'right', 'Next picture')),
  )
  const draw = async () => {
    const picture = pictures[at]
    if (!picture) return
    title.textContent = titleOf(picture)
    facts.replaceChildren(
      `${sizeOf(picture.size)} · ${dateOf(picture.modified)}`,
      h('span', { class: 'key' }, ` · ${picture.key}`),
    )
    stage.replaceChildren()
    try {
      stage.replaceChildren(h('img', { class: 'whole', src: await sourceOf(storage, picture), alt: titleOf(picture) }))
    } catch (error) {
      stage.replaceChildren(h('p', {}, sentenceOf(error)))
    }
  }
  dialog.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowLeft') step(-1)
    if (key === 'ArrowRight') step(1)
  })
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close())
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  void draw()
}

/** Asks once more before it does it. */
function deleteButton(remove: () => Promise<void>): HTMLButtonElement {
  const words = h('span', {}, 'Delete')
  const button = h('button', { type: 'button', class: 'quiet' }, icon('bin'), words)
  button.addEventListener('click', async () => {
    if (!button.classList.contains('sure')) {
      button.classList.add('sure')
      words.textContent = 'Delete for good?'
      return
    }
    try {
      await remove()
    } catch (error) {
      say(sentenceOf(error))
    }
  })
  button.addEventListener('blur', () => {
    button.classList.remove('sure')
    words.textContent = 'Delete'
  })
  return button
}
