/** Centralized root access: which of its features are on. */
export const statements = [
  `create table organizations_features (
    account text not null,
    feature text not null,
    enabled_at bigint not null,
    primary key (account, feature)
  )`,
]
