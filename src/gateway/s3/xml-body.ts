/** Reads the small XML documents that S3 is sent. No DTD, no entities but XML's own, no attributes, bounded in size and depth. */
import { createRequire } from 'node:module'
import { fail } from '../../wire/errors.ts'
import { escapeXml } from '../../wire/xml.ts'

/** An element: its text, and its children by name in order. */
export type XmlNode = { readonly text: string; readonly children: Readonly<Record<string, readonly XmlNode[]>> }

const mostDepth = 12

const options = {
  preserveOrder: true,
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: '#cdata',
}

/** Loaded with the first document: at rest the parser would hold nine megabytes. */
const load = () => {
  const { XMLParser, XMLValidator } = createRequire(import.meta.url)(
    'fast-xml-parser',
  ) as typeof import('fast-xml-parser')
  return { parser: new XMLParser(options), XMLValidator }
}
let loaded: ReturnType<typeof load> | undefined

export const malformedXml = (detail: string): never =>
  fail('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema', {
    status: 400,
    detail,
  })

/** The parser takes a while for each: whoever sends a document of millions would stop everybody else. */
const mostTags = 10_000
/** No tag has attributes that matter here. */
const longestTag = 1_000

function checkSize(text: string, most: number): void {
  let tags = 0
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1))
    if (++tags > most) malformedXml('too many tags')
  if (new RegExp(`<[^>]{${longestTag}}`).test(text)) malformedXml('a long tag')
}

/** The root element, which must have the given name; `most` is how many tags the document may have. */
export function readXml(bytes: Buffer, root: string, most = mostTags): XmlNode {
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  checkSize(text, most)
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) malformedXml('a DTD')
  loaded ??= load()
  const { parser, XMLValidator } = loaded
  const valid = attempt(() => XMLValidator.validate(text))
  if (valid !== true) malformedXml('not well-formed')
  const parsed: unknown = attempt(() => parser.parse(text))
  if (!Array.isArray(parsed)) return malformedXml('not parsed')
  const found = toNode(parsed, 0).children[root]
  if (found?.length !== 1) return malformedXml(`no ${root}`)
  return found[0]!
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch {
    return malformedXml('the parser gave up')
  }
}

function toNode(items: readonly unknown[], depth: number): XmlNode {
  if (depth > mostDepth) malformedXml('too deep')
  const children: Record<string, XmlNode[]> = Object.create(null)
  let text = ''
  for (const item of items) {
    if (typeof item !== 'object' || item === null) continue
    for (const [name, value] of Object.entries(item)) {
      if (name === '#text') text += plainText(String(value))
      // XML 1.0 2.7: there an ampersand is one.
      else if (name === '#cdata') text += String(value[0]?.['#text'] ?? '')
      else if (Array.isArray(value)) {
        const same = children[name] ?? []
        children[name] = same
        same.push(toNode(value, depth + 1))
      }
    }
  }
  return { text, children }
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** XML 1.0 4.1 and 4.6: character references and the five entities that need no declaration. */
function plainText(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));|&/g,
    (_, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? malformedXml(`the entity ${name}`)
      const point = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : -1
      if (point < 1 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return malformedXml('a character reference')
      return String.fromCodePoint(point)
    },
  )
}

/** The text of the only child of that name; undefined if there is none. */
export function textOf(node: XmlNode, name: string): string | undefined {
  const found = node.children[name]
  if (found === undefined) return undefined
  if (found.length !== 1) return malformedXml(`${name} comes twice`)
  return found[0]!.text
}

/** The texts of all children of that name. */
export const textsOf = (node: XmlNode, name: string): string[] => (node.children[name] ?? []).map((child) => child.text)

/** What is inside of an element, as it was read: without attributes, prefixes and comments, and no text beside elements. */
export function printXml({ text, children }: XmlNode): string {
  const inner = Object.entries(children).flatMap(([name, nodes]) =>
    nodes.map((node) => `<${name}>${printXml(node)}</${name}>`),
  )
  return inner.length > 0 ? inner.join('') : escapeXml(text)
}
