/** What a new password still lacks, ticked off while it is typed; where no script runs the policy stands there in words. */
import { requirementsOf } from '../user-pools/passwords/policy.ts'
import type { Pool } from '../user-pools/pools/pool.ts'
import { type Html, html } from './html.ts'
import { fill, type Text } from './text/text.ts'

export const passwordScript = '/assets/password.js'

type Said = { readonly missing: string; readonly met: string }

/** `field` and `same` are ids of inputs. Who sees no ticks is told of them, a moment after the last key. */
const checks = (field: string, items: readonly Html[], { missing, met }: Said, same?: string): Html =>
  html`<div class="checks" data-checks="${field}"${same !== undefined && html` data-same="${same}"`} hidden><ul>${items}</ul>
<p class="unseen" aria-live="polite" data-missing="${missing}" data-met="${met}"></p></div>`

type Rule = ReturnType<typeof requirementsOf>[number]

const nameOf = ({ policy }: Text, pool: Pool, { name }: Rule): string =>
  fill(policy[name], { least: pool.settings.Policies.PasswordPolicy.MinimumLength })

/** The policy in one sentence. */
export const policyInWords = (pool: Pool, text: Text): string =>
  requirementsOf(pool)
    .map((rule) => nameOf(text, pool, rule))
    .join(', ')

/** The policy as a list, whose rules are tried by the patterns that the server tries. */
export const policyChecks = (pool: Pool, text: Text, field: string): Html =>
  checks(
    field,
    requirementsOf(pool).map(
      (rule) => html`<li data-pattern="${rule.pattern.source}"><span>${nameOf(text, pool, rule)}</span></li>`,
    ),
    text.policy,
  )

/** Whether the password was typed the same again. */
export const sameCheck = (text: Text, field: string, same: string): Html =>
  checks(
    field,
    [html`<li><span>${text.policy.same}</span></li>`],
    { missing: text.failures.different, met: text.policy.same },
    same,
  )

/** A tick says as much as its colour, which a pool's own CSS may set by the names of its classes. */
export const passwordProgram = `'use strict'
for (const box of document.querySelectorAll('[data-checks]')) {
  const field = document.getElementById(box.dataset.checks)
  const other = document.getElementById(box.dataset.same)
  const live = box.querySelector('[aria-live]')
  const items = [...box.querySelectorAll('li')]
  const meets = ({ dataset: { pattern } }) =>
    pattern ? new RegExp(pattern).test(field.value) : field.value !== '' && field.value === other.value
  const tick = (item) => {
    const met = meets(item)
    item.classList.toggle('met', met)
    item.classList.toggle('passwordCheck-valid-customizable', met)
    item.classList.toggle('passwordCheck-notValid-customizable', !met)
    return met
  }
  let waiting
  const look = () => {
    const missing = items.filter((item) => !tick(item)).map((item) => item.textContent.trim())
    clearTimeout(waiting)
    waiting = setTimeout(() => {
      const { met, missing: lacks } = live.dataset
      const said = missing.length === 0 ? met : lacks.replace('{what}', () => missing.join(', '))
      live.textContent = field.value === '' ? '' : said
    }, 700)
  }
  for (const input of [field, other]) if (input) input.addEventListener('input', look)
  look()
  box.hidden = false
  const written = document.getElementById(field.getAttribute('aria-describedby'))
  if (written) written.hidden = true
}
`
