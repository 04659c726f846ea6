/**
 * SAML. `saml_metadata` keeps what was fetched from an identity provider's metadata address. `saml_encryption_keys` are the
 * keys, sealed, that assertions for one provider of a pool are encrypted for. `saml_assertions` are those heard already.
 */
export const statements = [
  `create table saml_metadata (
    pool_id text not null references pools (id) on delete cascade,
    url text not null,
    document text not null,
    fetched_at bigint not null,
    fresh_until bigint not null,
    primary key (pool_id, url)
  )`,
  `create table saml_encryption_keys (
    pool_id text not null references pools (id) on delete cascade,
    provider text not null,
    sealed_private text not null,
    certificate text not null,
    created_at bigint not null,
    primary key (pool_id, provider)
  )`,
  `create table saml_assertions (
    pool_id text not null,
    hash text not null,
    expires_at bigint not null,
    primary key (pool_id, hash)
  )`,
  'create index saml_assertions_to_forget on saml_assertions (expires_at)',
]
