/**
 * DDL is written once, in SQLite's words, and printed for PostgreSQL: `text` becomes `text collate "C"` (so that both
 * engines order by bytes) and `blob` becomes `bytea`. Therefore neither word can be the name of a column or a table;
 * inside quotes, words stay as they are.
 */
import type { Database } from './db.ts'

const postgresTypes: Readonly<Record<string, string>> = { text: 'text collate "C"', blob: 'bytea' }

/** The DDL statement as the engine takes it. */
export const printDdl = (engine: Database['engine'], statement: string): string =>
  engine === 'sqlite'
    ? statement
    : statement.replace(/'[^']*'|"[^"]*"|\b(?:text|blob)\b/g, (word) => postgresTypes[word] ?? word)
