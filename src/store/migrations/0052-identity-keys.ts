/** The RSA pairs that sign the tokens of all identity pools of an account; a rotation adds a number. */
export const statements = [
  `create table identity_keys (
    account text not null,
    number integer not null,
    kid text not null,
    public_jwk text not null,
    sealed_private text not null,
    created_at bigint not null,
    primary key (account, number)
  )`,
]
