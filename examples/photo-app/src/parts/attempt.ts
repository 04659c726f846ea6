/** Tries what must be refused, and shows the refusal with its reason; or, worse, that it was allowed. */
import { h, icon, say } from '../dom.ts'
import { type Refusal, refusalOf } from '../sentences.ts'

export type Attempt = {
  readonly label: string
  /** The request, as one would write it down: `GetObject users/…`. */
  readonly request: () => string
  run(): Promise<unknown>
  /** Why it ought to be refused, in a sentence. */
  readonly because: () => string
}

/** A button for each attempt, and below them what came of the last one. */
export function attempts(list: readonly Attempt[]): HTMLElement {
  const outcome = h('div', { class: 'outcome', 'aria-live': 'polite' })
  const buttons = list.map((attempt) =>
    h(
      'button',
      {
        type: 'button',
        class: 'secondary',
        onclick: async (event: Event) => {
          const button = event.currentTarget as HTMLButtonElement
          button.classList.add('busy')
          outcome.replaceChildren(await outcomeOf(attempt))
          button.classList.remove('busy')
        },
      },
      attempt.label,
    ),
  )
  return h('div', { class: 'attempts' }, h('div', { class: 'buttons' }, ...buttons), outcome)
}

async function outcomeOf(attempt: Attempt): Promise<HTMLElement> {
  try {
    await attempt.run()
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal.status === 403) return refused(attempt, refusal)
    say(refusal.message)
    return h('div', { class: 'verdict odd' }, h('h3', {}, 'That did not work'), h('p', {}, refusal.message))
  }
  return h(
    'div',
    { class: 'verdict odd' },
    h('h3', {}, 'That was allowed'),
    h('p', {}, `It should not have been. Look at the policy of the role: ${attempt.because()}`),
  )
}

const refused = ({ request, because }: Attempt, { status, code, message, why }: Refusal) =>
  h(
    'div',
    { class: 'verdict refused' },
    h('div', { class: 'seal' }, icon('lock')),
    h(
      'div',
      {},
      h('h3', {}, 'Refused, as it should be'),
      h('p', { class: 'because' }, because()),
      h(
        'dl',
        {},
        h('dt', {}, 'Request'),
        h('dd', {}, h('code', {}, request())),
        h('dt', {}, 'Answer'),
        h('dd', {}, h('code', {}, `${status} ${code}`)),
        h('dt', {}, 'In its words'),
        h('dd', {}, message),
        ...(why ? [h('dt', {}, 'The reason'), h('dd', { class: 'why' }, why)] : []),
      ),
    ),
  )
