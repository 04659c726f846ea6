/** Whether a caller's policies ask about what is not known here: then a request is refused rather than judged without it. */
import type { Caller } from '../../wire/caller.ts'

const unescaped = (text: string) =>
  text.replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

export const policiesMention = (
  { identityPolicies = [], boundary, sessionPolicies = [] }: Caller,
  pattern: RegExp,
): boolean =>
  [...identityPolicies.map(({ text }) => text), boundary?.text ?? '', ...sessionPolicies].some((text) =>
    pattern.test(unescaped(text)),
  )
