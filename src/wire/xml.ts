/** Writes XML: escaped text, elements in order. XML 1.0 section 2.2 says which characters exist. */

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
}

const unfit = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** Whether XML can carry the text. */
export const fitsXml = (text: string): boolean => !unfit.test(text)

/** Text that is safe between tags and in attributes; characters XML cannot carry become U+FFFD. */
export const escapeXml = (text: string): string =>
  text
    .replace(/[&<>"'\r]/g, (character) => escapes[character] as string)
    .replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')

export type XmlValue = string | number | boolean | undefined | null | XmlValue[] | { [name: string]: XmlValue }

/** One element; a list repeats the element, undefined leaves it out. */
export function element(name: string, value: XmlValue): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('')
  return `<${name}>${typeof value === 'object' ? elements(value) : escapeXml(String(value))}</${name}>`
}

/** The elements of an object, in its order. */
export const elements = (value: { [name: string]: XmlValue }): string =>
  Object.entries(value)
    .map(([name, part]) => element(name, part))
    .join('')

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
