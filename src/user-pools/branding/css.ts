/** The CSS of the classic pages: which classes, properties and values a pool may set. AWS: Developer Guide, "Customizing hosted UI (classic) branding". */
import { fail } from '../../wire/errors.ts'

/** AWS: 3 KB. */
const longestCss = 3 * 1024

/** Each class and the states it may be styled in; `-customizable` follows the name. */
const classes: Readonly<Record<string, readonly string[]>> = {
  background: [],
  banner: [],
  errorMessage: [],
  idpButton: [':hover'],
  idpDescription: [],
  inputField: [':focus'],
  label: [],
  legalText: [],
  logo: [],
  'passwordCheck-notValid': [],
  'passwordCheck-valid': [],
  redirect: [],
  socialButton: [':hover'],
  submitButton: [':hover'],
  textDescription: [],
}

/**
 * What AWS lists for its classes, and what its own template uses beyond that. unproved: that AWS checks properties class
 * by class; here each class may have any of them.
 */
const properties: ReadonlySet<string> = new Set(
  (
    'background background-color border border-color border-radius box-sizing color display font-size font-weight ' +
    'height margin margin-bottom margin-left margin-right margin-top max-height max-width outline padding ' +
    'padding-bottom padding-left padding-right padding-top text-align width'
  ).split(' '),
)

/** Numbers, names, colours and colour functions: nothing that loads, escapes, or ends a style sheet. */
const value = /^[\w\s#%.,()+!"'-]+$/
const forbidden = /url|image|expression|javascript|element|attr|var|env/i

export type Rule = {
  readonly selectors: readonly string[]
  readonly declarations: readonly (readonly [string, string])[]
}

const refuse = (what: string): never => fail('InvalidParameterException', what)

/**
 * The rules of a style sheet. Refuses, with InvalidParameterException, what may not stand in it. The sentence about
 * classes was measured; unproved: the others.
 */
export function readCss(css: string): Rule[] {
  if (Buffer.byteLength(css) > longestCss) refuse('request parameters too large')
  const plain = css.replace(/\/\*[\s\S]*?\*\//g, ' ')
  const [, atRule] = /@([a-z-]+)/i.exec(plain) ?? []
  if (atRule !== undefined) refuse(`CSS may not contain @${atRule}.`)
  const parts = plain.split('}')
  if (parts.pop()?.trim() || parts.some((part) => part.split('{').length !== 2)) refuse('CSS could not be parsed.')
  return parts.map((part) => {
    const [selectors = '', body = ''] = part.split('{')
    return {
      selectors: selectors.split(',').map((selector) => readSelector(selector.trim())),
      declarations: body
        .split(';')
        .flatMap((declaration) => (declaration.trim() ? [readDeclaration(declaration)] : [])),
    }
  })
}

function readSelector(selector: string): string {
  const [, name = '', state = ''] = /^\.([\w-]+)-customizable((?::[a-z]+)?)$/.exec(selector) ?? []
  const states = Object.hasOwn(classes, name) ? classes[name] : undefined
  if (!states || (state && !states.includes(state))) {
    refuse(`The CSS class ${selector.slice(0, 64)} is not in the list of allowed classes.`)
  }
  return selector
}

function readDeclaration(declaration: string): readonly [string, string] {
  const [, name = '', text = ''] = /^\s*([a-z-]+)\s*:([\s\S]*)$/.exec(declaration) ?? []
  if (!properties.has(name)) refuse(`CSS property is not supported: ${(name || declaration.trim()).slice(0, 64)}`)
  const given = text.replace(/\s+/g, ' ').trim()
  if (!value.test(given) || forbidden.test(given)) refuse(`CSS value is not supported: ${given.slice(0, 64)}`)
  return [name, given]
}

/** The rules as the pages print them. */
export const printCss = (rules: readonly Rule[]): string =>
  rules
    .map(({ selectors, declarations }) => {
      const body = declarations.map(([name, text]) => `${name}:${text}`).join(';')
      return `${selectors.join(',')}{${body}}`
    })
    .join('\n')
