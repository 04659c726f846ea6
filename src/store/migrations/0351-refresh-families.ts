/**
 * What the refresh tokens of one session have in common, as a keyed hash: by it a replaced token is recognised when its own
 * row is gone. Tokens from before have none, and keep their rows.
 */
export const statements = [
  'alter table refresh_tokens add column family text',
  'alter table refresh_tokens add column made_at bigint not null default 0',
  'create index refresh_tokens_of_family on refresh_tokens (pool_id, family)',
]
