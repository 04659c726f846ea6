/**
 * How often a user was signed out everywhere, and how often that had been when a session began: a number that nodes agree
 * on, where moments are those of their clocks. Sessions that a sign-out has ended already end here; codes, which live for
 * minutes, are asked for anew.
 */
const ended = (table: string, since: string) =>
  `exists (select 1 from users u where u.pool_id = ${table}.pool_id and u.sub = ${table}.sub and ${table}.${since} <= u.signed_out_at)`

export const statements = [
  'alter table users add column sign_outs bigint not null default 0',
  'alter table sessions add column sign_outs bigint not null default 0',
  'alter table browser_sessions add column sign_outs bigint not null default 0',
  'alter table device_grants add column sign_outs bigint',
  `update sessions set revoked_at = started_at where revoked_at is null and ${ended('sessions', 'started_at')}`,
  `delete from browser_sessions where ${ended('browser_sessions', 'started_at')}`,
  'delete from authorization_codes',
  `delete from device_grants where state = 'approved'`,
  'alter table users drop column signed_out_at',
]
