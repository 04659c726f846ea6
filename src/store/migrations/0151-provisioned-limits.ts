/** Request rates that an account raised for itself, in one region; what is not here has Cognito's own. */
export const statements = [
  `create table provisioned_limits (
    region text not null,
    category text not null,
    rate integer not null,
    primary key (region, category)
  )`,
]
