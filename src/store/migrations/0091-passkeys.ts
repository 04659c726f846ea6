/**
 * Passkeys: the public keys of users' authenticators. The id is the authenticator's own, in base64url; one id belongs to
 * one user. `passkey_registrations` holds the challenge of a registration under way, one of each user.
 */
export const statements = [
  `create table passkeys (
    pool_id text not null,
    id text not null,
    sub text not null,
    public_key text not null,
    counter bigint not null,
    rp_id text not null,
    name text not null,
    transports text not null,
    attachment text,
    created_at bigint not null,
    primary key (pool_id, id),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index passkeys_of_user on passkeys (pool_id, sub, created_at, id)',
  `create table passkey_registrations (
    pool_id text not null,
    sub text not null,
    challenge text not null,
    client_id text not null,
    rp_id text not null,
    expires_at bigint not null,
    primary key (pool_id, sub),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index passkey_registrations_by_expiry on passkey_registrations (expires_at)',
]
