/**
 * Reads XML as SAML uses it, strictly: XML 1.0 with namespaces, in UTF-8, one root, no DTD, no entities of its own, no
 * instructions, within limits. Comments are left out and the text around them is one text. Whoever verifies and whoever
 * reads a message uses this one reader, so that they cannot understand it differently.
 */
import { refuse } from './error.ts'

export type XmlAttribute = {
  readonly prefix: string
  readonly local: string
  /** Empty without a prefix. */
  readonly namespace: string
  readonly value: string
}

export type XmlElement = {
  readonly prefix: string
  readonly local: string
  readonly namespace: string
  /** Without the declarations of namespaces. */
  readonly attributes: readonly XmlAttribute[]
  /** Every prefix in scope and its namespace; the default one under the empty prefix. `xml` is not among them. */
  readonly scope: ReadonlyMap<string, string>
  readonly children: readonly (XmlElement | string)[]
}

export type XmlLimits = {
  readonly characters: number
  readonly depth: number
  readonly elements: number
  readonly attributes: number
  readonly namespaces: number
}

/** Of a message. AWS: an encoded response has at most 100,000 characters; what is encrypted inside is shorter still. */
export const messageLimits: XmlLimits = {
  characters: 100_000,
  depth: 32,
  elements: 5_000,
  attributes: 40,
  namespaces: 60,
}

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/'

/** XML 1.0, production 2, and what is outside of it. */
const notChar = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u

/** Productions 4 and 4a without the colon: Namespaces in XML, production 4. */
const nameStart =
  'A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}\\u{200d}\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}'
const ncName = `[${nameStart}][${nameStart}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}\\u{2040}]*`
const qName = `(?:(${ncName}):)?(${ncName})`

const tokens = {
  declaration:
    /<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.0"|'1\.0')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"utf-8"|'utf-8'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/iy,
  space: /[ \t\n]+/y,
  text: /[^<]+/y,
  open: new RegExp(`<${qName}`, 'uy'),
  attribute: new RegExp(`[ \\t\\n]+${qName}[ \\t\\n]*=[ \\t\\n]*(?:"([^"<]*)"|'([^'<]*)')`, 'uy'),
  openEnd: /[ \t\n]*(\/?)>/y,
  close: new RegExp(`</${qName}[ \\t\\n]*>`, 'uy'),
} as const

type Open = XmlElement & { readonly children: (XmlElement | string)[]; readonly attributes: XmlAttribute[] }

const noNamespaces: ReadonlyMap<string, string> = new Map()

const bad = (what: string) => refuse('malformed', what)

/** The root element. Throws a SamlError, and nothing else, for whatever is not XML or not allowed here. */
export function readXml(given: string, limits: XmlLimits = messageLimits): XmlElement {
  if (given.length > limits.characters) refuse('too-large', `The XML has ${given.length} characters.`)
  const text = given.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  if (notChar.test(text)) bad('The XML holds a character that XML does not allow.')
  const path: Open[] = []
  let root: Open | undefined
  let at = 0
  let count = 0

  const take = (token: RegExp): RegExpExecArray | undefined => {
    token.lastIndex = at
    const found = token.exec(text) ?? undefined
    if (found) at = token.lastIndex
    return found
  }
  const skipTo = (end: string): string => {
    const from = at
    const found = text.indexOf(end, from)
    if (found < 0) return bad(`The XML lacks a ${end}.`)
    at = found + end.length
    return text.slice(from, found)
  }
  const append = (piece: string) => {
    const children = path.at(-1)?.children
    if (!children) return bad('The XML has text outside of its root.')
    const last = children.at(-1)
    // Comments and CDATA sections leave no seam: who reads the first piece of a text only reads a part of it.
    if (typeof last === 'string') children[children.length - 1] = last + piece
    else if (piece !== '') children.push(piece)
  }
  const open = () => {
    const name = take(tokens.open) ?? bad('The XML has a < that begins nothing.')
    if (++count > limits.elements) refuse('too-large', 'The XML has too many elements.')
    if (path.length >= limits.depth) refuse('too-large', 'The XML is nested too deeply.')
    const given: RegExpExecArray[] = []
    for (let next = take(tokens.attribute); next; next = take(tokens.attribute)) {
      if (given.push(next) > limits.attributes) refuse('too-large', 'An XML element has too many attributes.')
    }
    const end = take(tokens.openEnd) ?? bad('An XML tag does not end.')
    const parent = path.at(-1)
    const element = makeElement(name, given, parent?.scope ?? noNamespaces, limits)
    if (parent) parent.children.push(element)
    else if (root) bad('The XML has two roots.')
    else root = element
    if (end[1] === '') path.push(element)
  }
  const close = () => {
    const [, prefix = '', local] = take(tokens.close) ?? bad('An XML tag does not end.')
    const element = path.pop()
    if (element?.prefix !== prefix || element.local !== local) bad('The tags of the XML do not match.')
  }

  take(tokens.declaration)
  while (at < text.length) {
    if (text[at] !== '<') {
      const [piece = ''] = path.length > 0 ? (take(tokens.text) ?? []) : []
      if (piece === '') take(tokens.space) ?? bad('The XML has text outside of its root.')
      else if (piece.includes(']]>')) bad('The XML has a ]]> in a text.')
      else append(decode(piece))
    } else if (text.startsWith('<!--', at)) {
      at += 4
      const comment = skipTo('-->')
      if (comment.includes('--') || comment.endsWith('-')) bad('An XML comment has a -- inside.')
    } else if (text.startsWith('<![CDATA[', at)) {
      at += 9
      append(skipTo(']]>'))
    } else if (text.startsWith('<!', at)) bad('The XML has a document type.')
    else if (text.startsWith('<?', at)) bad('The XML has a processing instruction.')
    else if (text.startsWith('</', at)) close()
    else open()
  }
  if (!root || path.length > 0) return bad('The XML ends too early.')
  return root
}

function makeElement(
  [, prefix = '', local = '']: RegExpExecArray,
  given: readonly RegExpExecArray[],
  outer: ReadonlyMap<string, string>,
  limits: XmlLimits,
): Open {
  const isDeclaration = ([, prefix = '', local]: RegExpExecArray) =>
    prefix === 'xmlns' || (prefix === '' && local === 'xmlns')
  const declared = given.filter(isDeclaration)
  const scope = declared.length > 0 ? declare(declared, outer) : outer
  if (scope.size > limits.namespaces) refuse('too-large', 'The XML has too many namespaces.')
  const named = (prefix: string) => {
    if (prefix === 'xml') return xmlNamespace
    return scope.get(prefix) ?? bad('The XML uses a prefix that it does not declare.')
  }
  const attributes = given
    .filter((one) => !isDeclaration(one))
    .map(([, prefix = '', local = '', double, single]) => ({
      prefix,
      local,
      namespace: prefix === '' ? '' : named(prefix),
      value: decode((double ?? single ?? '').replace(/[\t\n]/g, ' ')),
    }))
  const names = new Set(attributes.map(({ namespace, local }) => `${namespace} ${local}`))
  if (names.size < attributes.length) bad('An XML element has an attribute twice.')
  const namespace = prefix === '' ? (scope.get('') ?? '') : named(prefix)
  return { prefix, local, namespace, attributes, scope, children: [] }
}

/** Namespaces in XML 3 and 5: a prefix is never taken back, `xml` and `xmlns` are never given away. */
function declare(given: readonly RegExpExecArray[], outer: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const scope = new Map(outer)
  const here = new Set<string>()
  for (const [, first = '', second = '', double, single] of given) {
    const prefix = first === '' ? '' : second
    const namespace = decode((double ?? single ?? '').replace(/[\t\n]/g, ' '))
    const reserved = prefix === 'xml' || prefix === 'xmlns' || [xmlNamespace, xmlnsNamespace].includes(namespace)
    if (reserved || (prefix !== '' && namespace === '')) bad('The XML declares a namespace as it must not.')
    if (here.has(prefix)) bad('An XML element declares a prefix twice.')
    here.add(prefix)
    scope.set(prefix, namespace)
  }
  return scope
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The five entities that every XML has, and characters by their numbers. */
function decode(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(
    /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}))?(;?)/g,
    (_, name, decimal, hex, end) => {
      if (end !== ';' || (name ?? decimal ?? hex) === undefined) return bad('The XML has an entity of its own.')
      if (name !== undefined) return entities[name] as string
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
      const character = code <= 0x10ffff ? String.fromCodePoint(code) : '\0'
      return notChar.test(character) ? bad('The XML names a character that XML does not allow.') : character
    },
  )
}

const isElement = (child: XmlElement | string): child is XmlElement => typeof child !== 'string'

export const elementsOf = ({ children }: XmlElement): XmlElement[] => children.filter(isElement)

export const isNamed = (element: XmlElement, namespace: string, local: string): boolean =>
  element.namespace === namespace && element.local === local

export const childrenNamed = (element: XmlElement, namespace: string, local: string): XmlElement[] =>
  elementsOf(element).filter((child) => isNamed(child, namespace, local))

/** The one child of that name, undefined if there is none; two are refused. */
export function childNamed(element: XmlElement, namespace: string, local: string): XmlElement | undefined {
  const [first, second] = childrenNamed(element, namespace, local)
  return second ? refuse('shape', `There is more than one ${local}.`) : first
}

/** The value of an attribute without a namespace. */
export const attributeOf = (element: XmlElement, name: string): string | undefined =>
  element.attributes.find(({ namespace, local }) => namespace === '' && local === name)?.value

/** The text of an element that holds nothing but text. */
export function textOf(element: XmlElement): string {
  const [first = '', ...more] = element.children
  return typeof first === 'string' && more.length === 0 ? first : refuse('shape', `${element.local} holds elements.`)
}

/** Every text below an element, in order. */
export const allTextOf = (element: XmlElement): string =>
  element.children.map((child) => (isElement(child) ? allTextOf(child) : child)).join('')

/** The element and all below it. */
export function* allElements(element: XmlElement): Generator<XmlElement> {
  yield element
  for (const child of elementsOf(element)) yield* allElements(child)
}

/** Canonical XML 2.3. */
export const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

/** For what we write ourselves, between tags and between double quotes alike. */
export const escapeXml = (text: string): string =>
  text
    .replace(/[&<>"\t\n\r]/g, (character) => escapes[character] as string)
    .replace(new RegExp(notChar, 'gu'), '\ufffd')
