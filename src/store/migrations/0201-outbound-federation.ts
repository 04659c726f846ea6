/** Outbound identity federation: the issuer of tokens about an account's own principals, with a key of each algorithm. */
export const statements = [
  `create table outbound_issuers (
    account text primary key,
    id text not null,
    enabled integer not null,
    public_keys text not null,
    sealed_keys text not null,
    created_at bigint not null
  )`,
]
