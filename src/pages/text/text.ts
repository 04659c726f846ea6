/** What the sentences of a language are: the same keys in each, and how their gaps are filled. */
import { type Html, html } from '../html.ts'
import type { en } from './en.ts'

type Words<Of> = { readonly [Key in keyof Of]: Of[Key] extends string ? string : Words<Of[Key]> }

/** A language: what it is called, and every sentence. */
export type Text = Words<typeof en>

/** Fills `{name}`. */
export const fill = (sentence: string, values: Readonly<Record<string, string | number>>): string =>
  sentence.replace(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap))

/** The same with markup, such as links, in the gaps. */
export const weave = (sentence: string, values: Readonly<Record<string, Html>>): Html =>
  html`${sentence.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 0 ? part : (values[part] ?? '')))}`

/** The word of a table whose keys come from outside. */
export const word = (table: object, key: string): string | undefined =>
  Object.hasOwn(table, key) ? (table as Record<string, string>)[key] : undefined

/** Languages written from right to left. */
const leftward: ReadonlySet<string> = new Set(['ar', 'dv', 'fa', 'he', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi'])

export const direction = (lang: string): 'rtl' | 'ltr' =>
  leftward.has(lang.split('-')[0]?.toLowerCase() ?? '') ? 'rtl' : 'ltr'
