/** HTML with every inserted text escaped: the only way pages are written. */
import { escapeHtml } from '../protocols/escape-html.ts'

/** Markup that is safe to insert as it is. */
export type Html = { readonly html: string }

type Insert = string | number | Html | undefined | false | readonly Insert[]

const print = (insert: Insert): string => {
  if (insert === undefined || insert === false) return ''
  if (typeof insert === 'string' || typeof insert === 'number') return escapeHtml(String(insert))
  return 'html' in insert ? insert.html : insert.map(print).join('')
}

/** Texts are escaped for elements and for attributes in double quotes; other Html goes in as it is; nothing prints nothing. */
export const html = (strings: TemplateStringsArray, ...inserts: Insert[]): Html => ({
  html: strings.reduce((text, part, index) => text + print(inserts[index - 1]) + part),
})
