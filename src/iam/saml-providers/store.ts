/** The SQL of SAML providers: table saml_providers. Private keys are sealed. */
import type { Seal } from '../../protocols/seal.ts'
import { type Db, sql } from '../../store/db.ts'
import type { Tag } from '../tags.ts'
import type { PrivateKey, SamlProvider } from './provider.ts'

type Row = {
  name: string
  id: string
  metadata: string
  encryption: string | null
  private_keys: string
  tags: string
  valid_until: number
  created_at: number
}

const columns = sql`name, id, metadata, encryption, private_keys, tags, valid_until, created_at`
const purpose = 'saml-provider-keys'

function toProvider(seal: Seal, row: Row): SamlProvider {
  const keys = seal.open(purpose, row.private_keys, row.id)?.toString() ?? '[]'
  return {
    name: row.name,
    id: row.id,
    metadata: row.metadata,
    encryption: (row.encryption ?? undefined) as SamlProvider['encryption'],
    privateKeys: JSON.parse(keys) as PrivateKey[],
    tags: JSON.parse(row.tags) as Tag[],
    validUntil: row.valid_until,
    createdAt: row.created_at,
  }
}

const sealKeys = (seal: Seal, { id, privateKeys }: SamlProvider) => seal.seal(purpose, JSON.stringify(privateKeys), id)

export async function readProvider(
  db: Db,
  seal: Seal,
  account: string,
  name: string,
): Promise<SamlProvider | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from saml_providers where account = ${account} and name = ${name}`,
  )
  return row && toProvider(seal, row)
}

/** What lists show of all of them, a hundred at most, by name. */
export const readProviders = (
  db: Db,
  account: string,
): Promise<Pick<SamlProvider, 'name' | 'validUntil' | 'createdAt'>[]> =>
  db.all(
    sql`select name, valid_until as "validUntil", created_at as "createdAt" from saml_providers
      where account = ${account} order by name`,
  )

/** False if there is one of that name. */
export const insertProvider = async (db: Db, seal: Seal, account: string, made: SamlProvider): Promise<boolean> =>
  (await db.get(
    sql`insert into saml_providers (account, ${columns}) values (${account}, ${made.name}, ${made.id}, ${made.metadata},
      ${made.encryption}, ${sealKeys(seal, made)}, ${JSON.stringify(made.tags)}, ${made.validUntil}, ${made.createdAt})
      on conflict do nothing returning name`,
  )) !== undefined

/** Writes all of it that can change. */
export const updateProvider = (db: Db, seal: Seal, account: string, changed: SamlProvider): Promise<number> =>
  db.run(
    sql`update saml_providers set metadata = ${changed.metadata}, encryption = ${changed.encryption},
      private_keys = ${sealKeys(seal, changed)}, tags = ${JSON.stringify(changed.tags)}, valid_until = ${changed.validUntil}
      where account = ${account} and name = ${changed.name}`,
  )

export const removeProvider = async (db: Db, account: string, name: string): Promise<boolean> =>
  (await db.run(sql`delete from saml_providers where account = ${account} and name = ${name}`)) > 0
