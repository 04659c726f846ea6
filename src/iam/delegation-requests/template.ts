/**
 * Policy templates: policies with parameters, which become ordinary policies when a delegation is asked for. Parameters are put
 * into the values of the document, never into its text, so that none can add a statement. A parameter may be `*`: neither the
 * guide nor PolicyParameter, of any printable characters, keeps one out, and the approver is shown what comes of it.
 * AWS: IAM User Guide, "Policy templates".
 */
import { fail } from '../../wire/errors.ts'

/** Either type; a `string` has one value. */
export type Parameter = {
  readonly name: string
  readonly values: readonly string[]
  readonly list: boolean
}

/** Characters of the policy that comes out. */
export const longestPolicy = 2048
/** Texts that one text may become. */
const mostExpanded = 500

const refuse = (message: string): never => fail('InvalidInputException', message)

type Values = ReadonlyMap<string, readonly string[]>
type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** The policy. Refuses parameters that the template does not know or does not get. `template` is JSON. */
export function renderTemplate(template: string, parameters: readonly Parameter[]): string {
  const values = readParameters(parameters)
  const used = new Set<string>()
  const document = JSON.parse(template) as { readonly [name: string]: Json }
  const statements = [document['Statement'] ?? []].flat() as { readonly [name: string]: Json }[]
  const enabled = statements.filter((statement) => isEnabled(statement, values, used))
  const policy = JSON.stringify({
    ...document,
    Statement: enabled.map(({ [directive]: _, ...statement }) => fill(statement, values, used)),
  })
  const unknown = parameters.find(({ name }) => !used.has(name) && !template.includes(`@{${name}}`))
  if (unknown) refuse(`The policy template has no parameter ${unknown.name}.`)
  if (policy.length > longestPolicy) refuse(`The rendered policy has more than ${longestPolicy} characters.`)
  return policy
}

function readParameters(parameters: readonly Parameter[]): Values {
  for (const { name, values, list } of parameters) {
    if (list ? values.length === 0 : values.length !== 1) {
      refuse(`The parameter ${name} has ${values.length} values: ${list ? 'one at least' : 'one'} is needed.`)
    }
  }
  const byName = new Map(parameters.map(({ name, values }) => [name, values]))
  if (byName.size < parameters.length) refuse('A parameter is given twice.')
  return byName
}

const directive = '@Enabled'

/** `@Enabled: "name"` keeps a statement when the parameter is `True`, `"!name"` when it is not. */
function isEnabled(statement: { readonly [name: string]: Json }, values: Values, used: Set<string>): boolean {
  const condition = statement[directive]
  if (condition === undefined) return true
  const [, negated, name] = /^(!?)(.+)$/s.exec(typeof condition === 'string' ? condition : '') ?? []
  if (name === undefined) return refuse('A statement of the policy template has an @Enabled that names no parameter.')
  used.add(name)
  const [value] = values.get(name) ?? refuse(`The policy template needs the parameter ${name}.`)
  return (value === 'True') !== (negated === '!')
}

/** The value with parameters put in: a text that has a list in it becomes a list. */
function fill(value: Json, values: Values, used: Set<string>): Json {
  if (typeof value === 'string') {
    const texts = expand(value, values, used)
    return texts.length === 1 && texts[0] !== undefined ? texts[0] : texts
  }
  if (Array.isArray(value)) return value.flatMap((one: Json) => fill(one, values, used))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one, values, used)]))
}

const placeholder = /@\{([^{}]*)\}/

/** Every combination of the values of the parameters in the text. What a value holds is text, though it look like a parameter. */
function expand(text: string, values: Values, used: Set<string>): string[] {
  const pieces = text.split(placeholder)
  return pieces.reduce<string[]>(
    (texts, piece, index) => {
      if (index % 2 === 0) return texts.map((one) => one + piece)
      used.add(piece)
      const choices = values.get(piece) ?? refuse(`The policy template needs the parameter ${piece}.`)
      if (texts.length * choices.length > mostExpanded)
        refuse('The lists of the parameters make too many combinations.')
      return texts.flatMap((one) => choices.map((choice) => one + choice))
    },
    [''],
  )
}
