/** The place to drop pictures, and the progress of each on its way to the bucket. */
import { h, icon, say } from '../dom.ts'
import { sentenceOf, sizeOf } from '../sentences.ts'
import { keyFor, type Storage } from '../storage.ts'

type Options = {
  readonly storage: Storage
  /** Where the pictures go, with a slash at its end. */
  readonly folder: string
  readonly heading: string
  /** Hears each key that has arrived. */
  readonly onDone: (key: string) => void
}

const atOnce = 3

export function uploads({ storage, folder, heading, onDone }: Options): HTMLElement {
  const list = h('ul', { class: 'uploads', 'aria-label': 'Uploads' })
  const input = h('input', { type: 'file', id: 'pictures', class: 'unseen-input', accept: 'image/*', multiple: true })
  const zone = h(
    'div',
    { class: 'drop' },
    icon('upload'),
    h('p', { class: 'drop-words' }, heading),
    h('label', { for: 'pictures', class: 'button primary' }, 'Choose pictures'),
    input,
    h(
      'p',
      { class: 'hint' },
      'They go straight from this browser to ',
      h('code', {}, `${storage.bucket}/${shorten(folder)}`),
    ),
  )

  const waiting: (() => Promise<void>)[] = []
  let running = 0
  const pump = async () => {
    while (running < atOnce && waiting.length > 0) {
      const work = waiting.shift()
      running += 1
      void work?.().finally(() => {
        running -= 1
        void pump()
      })
    }
  }

  const take = (files: Iterable<File>) => {
    const chosen = [...files]
    const pictures = chosen.filter(({ type }) => type.startsWith('image/'))
    if (pictures.length < chosen.length) {
      say(pictures.length === 0 ? 'Only pictures are taken here.' : 'Only the pictures among those files are taken.')
    }
    for (const file of pictures) {
      const row = rowOf(file)
      list.prepend(row.element)
      waiting.push(async () => {
        const key = keyFor(folder, file.name)
        try {
          await storage.upload(key, file, row.moved)
          row.done()
          onDone(key)
        } catch (error) {
          row.failed(sentenceOf(error))
        }
      })
    }
    void pump()
  }

  input.addEventListener('change', () => {
    take(input.files ?? [])
    input.value = ''
  })
  zone.addEventListener('dragover', (event) => {
    event.preventDefault()
    zone.classList.add('over')
  })
  zone.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!zone.contains(relatedTarget as Node | null)) zone.classList.remove('over')
  })
  zone.addEventListener('drop', (event) => {
    event.preventDefault()
    zone.classList.remove('over')
    take(event.dataTransfer?.files ?? [])
  })
  return h('div', { class: 'uploader' }, zone, list)
}

function rowOf(file: File) {
  const bar = h('progress', { max: 1, 'aria-label': `Upload of ${file.name}` })
  const state = h('span', { class: 'state' }, 'waiting')
  const element = h(
    'li',
    {},
    h('span', { class: 'name' }, file.name),
    h('span', { class: 'size' }, sizeOf(file.size)),
    bar,
    state,
  )
  return {
    element,
    moved(share: number) {
      bar.value = share
      state.textContent = `${Math.round(share * 100)} %`
    },
    done() {
      bar.value = 1
      element.classList.add('done')
      state.replaceChildren(icon('check'), 'uploaded')
      say(`${file.name} is uploaded.`)
      setTimeout(() => element.remove(), 8000)
    },
    failed(sentence: string) {
      bar.remove()
      element.classList.add('failed')
      state.textContent = sentence
      say(`${file.name} was not uploaded: ${sentence}`)
    },
  }
}

/** `users/us-east-1:1a2b…/`: enough to recognise it. */
export const shorten = (folder: string): string =>
  folder.replace(/([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, '$1…')
