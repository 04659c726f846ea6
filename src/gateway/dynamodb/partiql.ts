/** Reads PartiQL statements as far as policies ask: what is done, and to which tables. AWS: DynamoDB Developer Guide, "PartiQL". */
import { fail } from '../../wire/errors.ts'

export type Statement = {
  readonly action: 'PartiQLSelect' | 'PartiQLInsert' | 'PartiQLUpdate' | 'PartiQLDelete'
  readonly tables: readonly { readonly table: string; readonly index: string | undefined }[]
}

type Token = { readonly kind: 'word' | 'quoted' | 'text' | 'mark'; readonly text: string }

const pattern = /\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([A-Za-z_][A-Za-z0-9_.]*)|(--|\/\*|[^\s]))/y
/** AWS: "ExecuteStatement", Statement. */
const longest = 8192

const invalid = (sentence: string): never =>
  fail('ValidationException', `Statement wasn't well formed, can't be processed: ${sentence}`)

function tokenize(statement: string): Token[] {
  if (statement.length > longest) invalid('it is too long')
  const tokens: Token[] = []
  const end = statement.trimEnd().length
  pattern.lastIndex = 0
  while (pattern.lastIndex < end) {
    const match = pattern.exec(statement)
    if (!match) return invalid('unexpected character')
    const [, quoted, text, word, mark] = match
    if (mark === '--' || mark === '/*' || mark === '"' || mark === "'" || mark === '`')
      return invalid(`unexpected ${mark}`)
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll('""', '"') })
    else if (text !== undefined) tokens.push({ kind: 'text', text })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else tokens.push({ kind: 'mark', text: mark ?? '' })
  }
  return tokens
}

const actions = {
  select: 'PartiQLSelect',
  exists: 'PartiQLSelect',
  insert: 'PartiQLInsert',
  update: 'PartiQLUpdate',
  delete: 'PartiQLDelete',
} as const

const isWord = (token: Token | undefined, ...words: string[]) =>
  token?.kind === 'word' && words.includes(token.text.toLowerCase())

/** The statement's verb and every table after FROM, INTO or UPDATE, those of inner statements included. */
export function readStatement(statement: string): Statement {
  const tokens = tokenize(statement)
  const verb = tokens[0]?.kind === 'word' ? tokens[0].text.toLowerCase() : ''
  if (!Object.hasOwn(actions, verb)) return invalid('it begins with no verb')
  const tables = tokens.flatMap((token, at) =>
    isWord(token, 'from', 'into') || (at === 0 && isWord(token, 'update')) ? [readTable(tokens, at + 1)] : [],
  )
  if (tables.length === 0) return invalid('it names no table')
  return { action: actions[verb as keyof typeof actions], tables }
}

type Table = Statement['tables'][number]

function readTable(tokens: readonly Token[], at: number): Table {
  const name = tokens[at]
  if (name?.kind === 'word') {
    if (name.text.includes('.')) return invalid('a name with a dot stands in quotes')
    return only(tokens, at + 1, { table: name.text, index: undefined })
  }
  if (name?.kind !== 'quoted') return invalid('a table is missing')
  const dotted = tokens[at + 1]?.text === '.' && tokens[at + 2]?.kind === 'quoted'
  const index = dotted ? tokens[at + 2]?.text : undefined
  return only(tokens, dotted ? at + 3 : at + 1, { table: name.text, index })
}

/** Refuses what would make of the table another, or of one several: a hyphen, a comma, a join. */
function only(tokens: readonly Token[], after: number, table: Table): Table {
  const alias = isWord(tokens[after], 'as') ? after + 1 : after
  for (const token of tokens.slice(after, alias + 2)) {
    if (token.kind === 'mark' && ![')', ';', '{', '<'].includes(token.text)) return invalid(`unexpected ${token.text}`)
    if (isWord(token, 'join', 'cross', 'inner', 'left', 'right', 'full', 'outer')) return invalid('one table only')
    if (isWord(token, 'where', 'set', 'value', 'order', 'remove', 'returning')) break
  }
  return table
}
