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
  return /^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<svg[\s>]/.test(Buffer.from(bytes.subarray(0, 2048)).toString())
    ? 'SVG'
    : undefined
}

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

/** Refuses, with a sentence, what an image must not do. It is never part of a page, and is served unable to run anything. */
export function checkSvg(bytes: Uint8Array): void {
  const text = Buffer.from(bytes)
    .toString()
    .replace(/<!--[\s\S]*?-->/g, '')
  const refuse = (what: string): never => fail('InvalidParameterException', `SVG file is not allowed to have ${what}.`)
  if (/<!|<\?(?!xml\s)/.test(text.replace(/<!\[CDATA\[/g, ''))) refuse('a DOCTYPE or processing instructions')
  if (/javascript:|@import|expression\(/i.test(text)) refuse('scripts')
  for (const [, name = '', attributes = ''] of text.matchAll(/<\/?([\w:.-]+)((?:"[^"]*"|'[^']*'|[^>"'])*)>/g)) {
    const plain = name.replace(/^svg:/, '')
    if (!elements.has(plain) && !/^(rdf|cc|dc|sodipodi|inkscape):/.test(name))
      refuse(`the element ${name.slice(0, 40)}`)
    for (const [, attribute = '', , quoted = ''] of attributes.matchAll(/([\w:.-]+)\s*=\s*(["'])([\s\S]*?)\2/g)) {
      if (/^on/i.test(attribute)) refuse(`the attribute ${attribute.slice(0, 40)}`)
      const links = /(^|:)href$/i.test(attribute) && !/^(#|data:image\/(png|jpeg|webp|gif);base64,)/.test(quoted.trim())
      if (links) refuse('links')
    }
  }
}
