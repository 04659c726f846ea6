/** Filling the pool's message texts in: what is a value stays a value, in HTML, in a header and in an SMS. */
import { escapeHtml } from '../../protocols/escape-html.ts'

/** What `{####}` and `{username}` stand for, and where the words in `{##…##}` lead. */
export type Filling = { readonly code: string; readonly username: string; readonly link?: string }

/** In one pass, so that a value which looks like a place is not filled in again. */
const fill = (template: string, filling: Filling, print: (value: string) => string): string =>
  template.replace(/\{####\}|\{username\}/g, (place) => print(place === '{####}' ? filling.code : filling.username))

/** An e-mail body is HTML: no value becomes markup. The words of a link are the template's, hence markup already. */
export function fillHtml(template: string, filling: Filling): string {
  const places = /\{####\}|\{username\}|\{##([^{}]+?)##\}/g
  return template.replace(places, (place: string, words?: string) => {
    if (words === undefined) return fill(place, filling, escapeHtml)
    return filling.link === undefined ? place : `<a href="${escapeHtml(filling.link)}">${words}</a>`
  })
}

/** A subject or SMS: one line of text, no control characters, hence no further header. */
export const fillLine = (template: string, filling: Filling): string =>
  fill(template, filling, (value) => value).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
