/** The canonical form of an element, which is what a signature is over: Exclusive XML Canonicalization 1.0, without comments. */
import { elementsOf, escapes, type XmlAttribute, type XmlElement } from './xml.ts'

export const exclusiveCanonicalization = 'http://www.w3.org/2001/10/xml-exc-c14n#'

export type CanonicalOptions = {
  /** The InclusiveNamespaces PrefixList: written wherever they are in scope; `#default` is the one without a prefix. */
  readonly inclusive?: readonly string[]
  /** A child that is left out: the signature itself. */
  readonly without?: XmlElement
}

/** The text whose UTF-8 bytes are digested. */
export function canonical(element: XmlElement, { inclusive = [], without }: CanonicalOptions = {}): string {
  const prefixes = inclusive.map((prefix) => (prefix === '#default' ? '' : prefix))
  return print(element, new Map(), prefixes, without)
}

function print(
  element: XmlElement,
  written: ReadonlyMap<string, string>,
  inclusive: readonly string[],
  without: XmlElement | undefined,
): string {
  const { scope, prefix, local, attributes, children } = element
  const used = [prefix, ...attributes.map((one) => one.prefix).filter((one) => one !== '')]
  const wanted = new Set([...used, ...inclusive.filter((one) => scope.has(one))])
  wanted.delete('xml')
  const fresh = [...wanted]
    .map((one): [string, string] => [one, scope.get(one) ?? ''])
    .filter(([one, namespace]) => (written.get(one) ?? '') !== namespace)
    .sort(([one], [other]) => compare(one, other))
  const within = fresh.length > 0 ? new Map([...written, ...fresh]) : written
  const name = prefix === '' ? local : `${prefix}:${local}`
  const declarations = fresh.map(([one, uri]) => ` xmlns${one === '' ? '' : `:${one}`}="${escapeAttribute(uri)}"`)
  const inside = children.map((child) => {
    if (typeof child === 'string') return escapeText(child)
    return child === without ? '' : print(child, within, inclusive, undefined)
  })
  return `<${name}${declarations.join('')}${printAttributes(attributes)}>${inside.join('')}</${name}>`
}

/** By code points, as canonical XML orders; none of ours and no locale's. */
const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

const printAttributes = (attributes: readonly XmlAttribute[]) =>
  [...attributes]
    .sort((one, other) => compare(one.namespace, other.namespace) || compare(one.local, other.local))
    .map(({ prefix, local, value }) => ` ${prefix === '' ? local : `${prefix}:${local}`}="${escapeAttribute(value)}"`)
    .join('')

const escapeText = (text: string) => text.replace(/[&<>\r]/g, (character) => escapes[character] as string)
const escapeAttribute = (text: string) => text.replace(/[&<"\t\n\r]/g, (character) => escapes[character] as string)

/** More prefixes than an element may have in scope; each is looked for at every element. */
const longestList = 60

/** The PrefixList of a method or a transform; undefined if it holds anything else than one such list, or too long a one. */
export function prefixListOf(method: XmlElement): readonly string[] | undefined {
  const [list, ...more] = elementsOf(method)
  if (!list) return []
  const right = list.namespace === exclusiveCanonicalization && list.local === 'InclusiveNamespaces'
  if (!right || more.length > 0 || elementsOf(list).length > 0) return undefined
  const value = list.attributes.find(({ namespace, local }) => namespace === '' && local === 'PrefixList')?.value ?? ''
  const prefixes = [...new Set(value.split(/[ \n\t]+/).filter(Boolean))]
  return prefixes.length > longestList ? undefined : prefixes
}
