/** IAM: why requests were denied, for a while. */
export const statements = [
  `create table denials (
    account text not null,
    request_id text not null,
    number integer not null,
    trace text not null,
    denied_at bigint not null,
    expires_at bigint not null,
    primary key (account, request_id, number)
  )`,
  'create index denials_by_time on denials (account, denied_at)',
  'create index denials_by_expiry on denials (expires_at)',
]
