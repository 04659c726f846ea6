/** Passwords: an Argon2id hash, the SRP verifier sealed, and the hashes of former passwords where a policy asks for them. */
export const statements = [
  `create table passwords (
    pool_id text not null,
    sub text not null,
    hash text not null,
    srp_salt text,
    srp_verifier text,
    set_at bigint not null,
    primary key (pool_id, sub),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  `create table former_passwords (
    pool_id text not null,
    sub text not null,
    replaced_at bigint not null,
    hash text not null,
    primary key (pool_id, sub, replaced_at, hash),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
]
