/** The RSA pairs that sign a pool's tokens, one purpose each; a rotation adds a generation and old ones stay verifiable. */
export const statements = [
  `create table signing_keys (
    pool_id text not null references pools (id) on delete cascade,
    purpose text not null,
    generation integer not null,
    kid text not null,
    public_jwk text not null,
    sealed_private text not null,
    created_at bigint not null,
    primary key (pool_id, purpose, generation)
  )`,
]
