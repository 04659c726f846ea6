/** IAM: public keys and certificates that users have uploaded, and the account's server certificates. */
export const statements = [
  `create table user_public_keys (
    account text not null,
    id text not null,
    kind text not null,
    user_id text not null,
    fingerprint text not null,
    body text not null,
    active integer not null,
    uploaded_at bigint not null,
    primary key (account, id)
  )`,
  'create index user_public_keys_by_user on user_public_keys (account, user_id, kind)',
  'create index user_public_keys_by_fingerprint on user_public_keys (account, kind, fingerprint)',
  `create table server_certificates (
    account text not null,
    folded_name text not null,
    id text not null,
    name text not null,
    path text not null,
    body text not null,
    chain text,
    tags text not null,
    uploaded_at bigint not null,
    valid_until bigint not null,
    primary key (account, folded_name)
  )`,
]
