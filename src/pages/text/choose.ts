/** Which language a page speaks: the link's `lang`, else the one remembered, else the browser's, else English. */
import type { Document, Json } from '../../user-pools/branding/default-settings.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { id } from './id.ts'
import { it } from './it.ts'
import { ja } from './ja.ts'
import { ko } from './ko.ts'
import { nl } from './nl.ts'
import { ptBR } from './pt-br.ts'
import type { Text } from './text.ts'
import { zhCN } from './zh-cn.ts'
import { zhTW } from './zh-tw.ts'

/** AWS: Developer Guide, "Managed login", localization. */
export const languages: Readonly<Record<string, Text>> = {
  ...{ de, en, es, fr, id, it, ja, ko, nl },
  'pt-BR': ptBR,
  'zh-CN': zhCN,
  'zh-TW': zhTW,
}

export type Wish = {
  /** The parameter of the link. */
  readonly asked: string | undefined
  readonly remembered: string | undefined
  /** Accept-Language. unproved: that AWS reads it; where nobody chose, it is the best guess there is. */
  readonly accepted: string | undefined
}

type Own = Readonly<Record<string, Document>>

/**
 * The text, with the pool's own sentences above ours; `own` is the member `texts` of a style's settings: language →
 * sentences, in whatever languages and however few.
 */
export function chooseText(wish: Wish, settings?: Document): Text {
  const own = ownTexts(settings)
  const known = (tag: string | undefined) =>
    tag !== undefined && find(tag, [...Object.keys(languages), ...Object.keys(own)])
  const lang = known(wish.asked) || known(wish.remembered) || preferred(wish.accepted).map(known).find(Boolean) || 'en'
  const base = languages[lang] ?? { ...en, lang, language: lang }
  const more = Object.hasOwn(own, lang) ? own[lang] : undefined
  return more ? overlay(base, more) : base
}

/** The language itself, else another of the same name: `pt` and `pt-PT` are answered in `pt-BR`. */
function find(tag: string, among: readonly string[]): string | undefined {
  const wanted = tag.toLowerCase()
  const name = wanted.split('-')[0]
  return (
    among.find((one) => one.toLowerCase() === wanted) ??
    (/^zh-(hant|hk|mo)/.test(wanted) ? 'zh-TW' : among.find((one) => one.toLowerCase().split('-')[0] === name))
  )
}

/** RFC 9110 12.5.4; the first few. */
const preferred = (header = ''): string[] =>
  header
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const [, weight] = /^\s*q=([\d.]+)/.exec(parameters[0] ?? '') ?? []
      return { tag, weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ tag, weight }) => /^[a-z-]{2,20}$/i.test(tag) && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)

const isTree = (value: Json | undefined): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function ownTexts(settings: Document | undefined): Own {
  const texts = settings?.['texts']
  if (!isTree(texts)) return {}
  return Object.fromEntries(
    Object.entries(texts).filter(
      (pair): pair is [string, Document] => /^[\w-]{2,20}$/.test(pair[0]) && isTree(pair[1]),
    ),
  )
}

/** Sentences that the pool has instead of ours; what is no sentence of ours has no effect. */
function overlay<Base extends object>(base: Base, own: Document): Base {
  const merged = { ...base } as Record<string, unknown>
  for (const [key, value] of Object.entries(merged)) {
    const given = Object.hasOwn(own, key) && key !== 'lang' ? own[key] : undefined
    if (typeof value === 'string' && typeof given === 'string') merged[key] = given
    if (typeof value === 'object' && isTree(given)) merged[key] = overlay(value as object, given)
  }
  return merged as Base
}
