/** The newest refresh tokens of a session are found without sorting all of them. */
export const statements = [
  'create index refresh_tokens_in_time on refresh_tokens (pool_id, session_id, made_at, hash)',
  'drop index refresh_tokens_of_session',
]
