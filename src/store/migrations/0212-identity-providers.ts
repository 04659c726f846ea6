/** IAM: the OpenID Connect and SAML providers whose tokens and assertions STS takes. */
export const statements = [
  `create table oidc_providers (
    account text not null,
    url text not null,
    issuer text not null,
    client_ids text not null,
    thumbprints text not null,
    tags text not null,
    created_at bigint not null,
    primary key (account, url)
  )`,
  `create table saml_providers (
    account text not null,
    name text not null,
    id text not null,
    metadata text not null,
    encryption text,
    private_keys text not null,
    tags text not null,
    valid_until bigint not null,
    created_at bigint not null,
    primary key (account, name)
  )`,
]
