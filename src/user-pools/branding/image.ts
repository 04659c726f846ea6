/** Images for the pages: told by their bytes, never by what a caller says they are; an SVG has nothing in it that acts. */
import { createHash } from 'node:crypto'
import { fail } from '../../wire/errors.ts'

export const kinds = ['PNG', 'JPEG', 'ICO', 'SVG', 'WEBP'] as const
export type ImageKind = (typeof kinds)[number]

const types: Readonly<Record<ImageKind, string>> = {
  ICO: 'image/x-icon',
  JPEG: 'image/jpeg',
  PNG: 'image/png',
  SVG: 'image/svg+xml',
  WEBP: 'image/webp',
}
export const contentType = (kind: ImageKind): string => types[kind]

const starts = (bytes: Uint8Array, ...first: number[]) => first.every((byte, at) => bytes[at] === byte)
const says = (bytes: Uint8Array, at: number, text: string) =>
  Buffer.from(bytes.subarray(at, at + text.length)).toString('latin1') === text

/** What the bytes are; undefined for anything else. */
export function kindOf(bytes: Uint8Array): ImageKind | undefined {
  if (starts(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'PNG'
  if (starts(bytes, 0xff, 0xd8, 0xff)) return 'JPEG'
  if (starts(bytes, 0, 0, 1, 0)) return 'ICO'
  if (says(bytes, 0, 'RIFF') && says(bytes, 8, 'WEBP')) return 'WEBP'
  return svg.test(Buffer.from(bytes.subarray(0, 2048)).toString()) ? 'SVG' : undefined
}

/** A comment can end in one place only: else text made of comments could be read in more ways than anybody can try. */
const svg = /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<svg[\s>]/

/** A name for the bytes, by which they are fetched; a new image has a new address, so that browsers may keep the old. */
export const imageId = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('base64url').slice(0, 27)

/** Drawing, gradients, clipping and text. AWS: Developer Guide, "SVG file restrictions"; this list is ours. */
const elements: ReadonlySet<string> = new Set(
  (
    'svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan textPath style ' +
    'linearGradient radialGradient stop clipPath mask pattern marker image filter feBlend feColorMatrix feComponentTransfer ' +
    'feComposite feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology ' +
    'feOffset feTurbulence switch metadata'
  ).split(' '),
)

const refuse = (what: string): never => fail('InvalidParameterException', `SVG file is not allowed to have ${what}.`)

/** Without what stands between the marks; what is begun and not ended is refused. One walk, however often it begins. */
function without(text: string, begin: string, end: string, keep: (inner: string) => string): string {
  const [first = '', ...rest] = text.split(begin)
  const cleaned = rest.map((part) => {
    const at = part.indexOf(end)
    if (at < 0) refuse('broken markup')
    return `${keep(part.slice(0, at))}${part.slice(at + end.length)}`
  })
  return first + cleaned.join('')
}

const attribute = /\s+([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g
const tag = /^\/?([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*\/?>/
const ownParts = /^(rdf|cc|dc|sodipodi|inkscape):/
const within = /^(#|data:image\/(png|jpeg|webp|gif);base64,)/

/**
 * Refuses, with a sentence, what an image must not do: act, load, or be anything but well-formed. It is never part of a
 * page, and is served unable to run anything.
 */
export function checkSvg(bytes: Uint8Array): void {
  const whole = Buffer.from(bytes)
    .toString()
    .replace(/^\s*<\?xml\s[^<>]*\?>/, '')
  const uncommented = without(whole, '<!--', '-->', () => '')
  const plain = without(uncommented, '<![CDATA[', ']]>', (inner) => inner.replaceAll('<', ''))
  if (plain.includes('<!') || plain.includes('<?')) refuse('a DOCTYPE or processing instructions')
  if (/javascript:|@import|expression\(/i.test(plain)) refuse('scripts')
  // XML 1.0 2.4 and 3.1: this character begins a tag and stands nowhere else.
  for (const part of plain.split('<').slice(1)) {
    const [, name = '', attributes = ''] = tag.exec(part) ?? []
    if (!name) refuse('broken markup')
    if (!elements.has(name.replace(/^svg:/, '')) && !ownParts.test(name)) refuse(`the element ${name.slice(0, 40)}`)
    for (const [, key = '', quoted = ''] of attributes.matchAll(attribute)) {
      if (/^on/i.test(key)) refuse(`the attribute ${key.slice(0, 40)}`)
      if (/(^|:)href$/i.test(key) && !within.test(quoted.slice(1).trimStart())) refuse('links')
    }
  }
}
