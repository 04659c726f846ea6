/**
 * Federation in. `user_pool_providers` are the identity providers of pools; their details hold secrets and lie sealed.
 * `federated_identities` say whose account a provider's subject (or, until its first sign-in, an attribute's value) opens.
 * `pending_federations` are browsers sent to a provider, by keyed hash of the state; the answer that a provider posts
 * waits there for the browser to fetch it.
 */
export const statements = [
  `create table user_pool_providers (
    pool_id text not null references pools (id) on delete cascade,
    name text not null,
    type text not null,
    sealed_details text not null,
    settings text not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (pool_id, name)
  )`,
  `create table provider_identifiers (
    pool_id text not null,
    identifier text not null,
    provider text not null,
    primary key (pool_id, identifier),
    foreign key (pool_id, provider) references user_pool_providers (pool_id, name) on delete cascade
  )`,
  'create index provider_identifiers_of_providers on provider_identifiers (pool_id, provider)',
  `create table federated_identities (
    pool_id text not null,
    provider text not null,
    attribute text not null,
    value text not null,
    sub text not null,
    provider_type text not null,
    issuer text,
    stands_alone integer not null,
    created_at bigint not null,
    primary key (pool_id, provider, attribute, value),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index federated_identities_of_users on federated_identities (pool_id, sub)',
  `create table pending_federations (
    pool_id text not null,
    hash text not null,
    sealed text not null,
    sealed_answer text,
    expires_at bigint not null,
    primary key (pool_id, hash)
  )`,
  'create index pending_federations_to_forget on pending_federations (expires_at)',
]
