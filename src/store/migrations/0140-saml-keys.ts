/** The key that signs a pool's SAML requests, sealed, and the certificate that others check them with (base64 of DER). */
export const statements = [
  `create table saml_keys (
    pool_id text not null primary key references pools (id) on delete cascade,
    sealed_private text not null,
    certificate text not null,
    created_at bigint not null
  )`,
]
