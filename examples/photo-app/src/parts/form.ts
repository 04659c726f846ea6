/** Forms: labelled fields, one button that says what it is doing, and an error that is read out. */
import { h, icon } from '../dom.ts'
import { sentenceOf } from '../sentences.ts'

export type Field = {
  readonly name: string
  readonly label: string
  readonly type?: 'email' | 'password' | 'text'
  readonly autocomplete?: string
  readonly hint?: string
  readonly value?: string
  readonly code?: boolean
  readonly onInput?: (typed: string) => void
}

function labelled({ name, label, type = 'text', autocomplete, hint, value, code, onInput }: Field): HTMLElement {
  const input = h('input', {
    id: `field-${name}`,
    name,
    type,
    autocomplete,
    value,
    required: true,
    ...(onInput && { oninput: (event: Event) => onInput((event.target as HTMLInputElement).value) }),
    ...(code && { inputmode: 'numeric', pattern: '[0-9]{6}', maxlength: 6, class: 'code' }),
    ...(hint && { 'aria-describedby': `hint-${name}` }),
    ...(type === 'email' && { spellcheck: 'false', autocapitalize: 'none' }),
  })
  const reveal =
    type === 'password' &&
    h(
      'button',
      {
        type: 'button',
        class: 'reveal',
        'aria-pressed': 'false',
        'aria-label': `Show ${label.toLowerCase()}`,
        onclick: (event: Event) => {
          const shown = input.type === 'password'
          input.type = shown ? 'text' : 'password'
          const button = event.currentTarget as HTMLButtonElement
          button.setAttribute('aria-pressed', String(shown))
          button.textContent = shown ? 'Hide' : 'Show'
        },
      },
      'Show',
    )
  return h(
    'div',
    { class: 'field' },
    h('label', { for: `field-${name}` }, label),
    h('div', { class: 'control' }, input, reveal),
    hint !== undefined && h('p', { id: `hint-${name}`, class: 'hint' }, hint),
  )
}

/** A form. `send` gets the values by field name; what it throws is shown as a sentence, and the focus goes there. */
export function form(
  fields: readonly Field[],
  button: string,
  send: (values: Record<string, string>) => Promise<void>,
): HTMLFormElement {
  const problem = h('p', { class: 'problem', role: 'alert', tabindex: '-1', hidden: true })
  const submit = h('button', { type: 'submit', class: 'primary wide' }, button)
  const element = h('form', { novalidate: false }, ...fields.map(labelled), problem, submit)
  element.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (submit.getAttribute('aria-disabled') === 'true') return
    problem.hidden = true
    submit.setAttribute('aria-disabled', 'true')
    submit.classList.add('busy')
    try {
      const entries = [...new FormData(element)].map(([name, value]) => [name, String(value)] as const)
      await send(Object.fromEntries(entries.map(([name, value]) => [name, name === 'password' ? value : value.trim()])))
    } catch (error) {
      problem.textContent = sentenceOf(error)
      problem.hidden = false
      problem.focus()
    } finally {
      submit.removeAttribute('aria-disabled')
      submit.classList.remove('busy')
    }
  })
  return element
}

/** The passwords the demo's pool takes. */
export const passwordHint = 'At least 8 characters, with upper and lower case letters and a digit.'

/** Where the code is; in development also the way to the mailbox. */
export function codeHint(email: string, mailbox: string | undefined): HTMLElement {
  return h(
    'div',
    { class: 'note' },
    icon('mail'),
    h(
      'p',
      {},
      'We have sent a code to ',
      h('strong', {}, email),
      '. ',
      mailbox !== undefined &&
        h(
          'a',
          { href: `${mailbox}?to=${encodeURIComponent(email)}`, target: '_blank', rel: 'noreferrer' },
          'Open the development mailbox',
        ),
    ),
  )
}
