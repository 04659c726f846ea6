/** What a delegation request asks for, in English sentences made from its policy. AWS has a language model write them. */
import type { Policy, Statement } from '../policy/statement.ts'
import type { DelegationRequest } from './request.ts'

const longest = 10_000

/** `90 minutes`. */
function duration(seconds: number): string {
  const [count, unit] = seconds % 3600 === 0 ? [seconds / 3600, 'hour'] : [Math.ceil(seconds / 60), 'minute']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

const listed = (texts: readonly string[]) => texts.join(', ')

function whatOf({ actions, resources }: Statement): string {
  const what = actions.negated ? `everything but ${listed(actions.written)}` : listed(actions.written)
  if (!resources || resources.any) return `${what} on any resource`
  return `${what} on ${resources.negated ? 'everything but ' : ''}${listed(resources.written)}`
}

const conditionsOf = ({ conditions }: Statement): string =>
  conditions.length === 0
    ? ''
    : `, if ${conditions.map(({ key, operator, expected }) => `${key} ${operator} ${expected.join(' or ')}`).join(' and ')}`

const sentence = (statement: Statement) => `- ${whatOf(statement)}${conditionsOf(statement)}.`

export function summarize(
  { wish }: DelegationRequest,
  { allows, denies }: Policy,
  boundaries: readonly string[],
): string {
  const lines = [
    `${wish.requestorName} asks to act for ${duration(wish.sessionSeconds)} with the permissions of whoever approves, as far as these go. It may:`,
    ...allows.map(sentence),
    ...(denies.length > 0 ? ['It may never:', ...denies.map(sentence)] : []),
    ...(boundaries.length > 0
      ? [`Roles that it makes are bounded by ${listed(boundaries)}, and stay when its access ends.`]
      : []),
  ]
  const text = lines.join('\n')
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}
