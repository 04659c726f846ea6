/** What a setting is, and the ways its text is read. */

/** One row of a table. `read` turns the text into the value, or refuses it with a sentence. */
export type Setting<Value = unknown> = {
  readonly flag?: string
  readonly variable?: string
  /** As the documentation prints it. */
  readonly otherwise: string
  readonly help: string
  readonly kind?: 'switch'
  read(text: string): Value
}

export type Rows = Readonly<Record<string, Setting>>

/** What was given of some rows. */
export type Given<Some extends Rows> = { readonly [Name in keyof Some]?: ReturnType<Some[Name]['read']> | undefined }

/** A setting that cannot be used; the sentence names it and what would be right. */
export class SettingError extends Error {}

export const refuse = (sentence: string): never => {
  throw new SettingError(sentence)
}

export const readText = (value: string): string => value

export function readUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return refuse(`'${value}' is not an http or https URL.`)
  return value.replace(/\/+$/, '')
}

export function readPort(value: string): number {
  const port = Number(value)
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : refuse(`'${value}' is not a port (0 to 65535).`)
}

export function readCount(value: string, least: number, most: number): number {
  const count = Number(value)
  return Number.isInteger(count) && count >= least && count <= most
    ? count
    : refuse(`'${value}' is not a whole number from ${least} to ${most}.`)
}

export const readSwitch = (value: string): boolean =>
  ({ true: true, 1: true, on: true, false: false, 0: false, off: false })[value.toLowerCase()] ??
  refuse(`'${value}' is neither true nor false.`)
