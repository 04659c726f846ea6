/**
 * How hosted login looks. `ui_customizations`: CSS and logo of the classic pages, for a client or for `ALL`; the logo in
 * base64. `login_styles`: managed login, one for each client; settings are JSON in AWS's spelling, null where AWS's own
 * apply. `login_assets`: its images in base64, found by their hash.
 */
export const statements = [
  `create table ui_customizations (
    pool_id text not null references pools (id) on delete cascade,
    client_id text not null,
    css text,
    css_version text not null,
    image text,
    image_id text,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (pool_id, client_id)
  )`,
  `create table login_styles (
    pool_id text not null,
    id text not null,
    client_id text not null,
    settings text,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (pool_id, id),
    unique (pool_id, client_id),
    foreign key (pool_id, client_id) references clients (pool_id, id) on delete cascade
  )`,
  `create table login_assets (
    pool_id text not null,
    style_id text not null,
    position integer not null,
    category text not null,
    color_mode text not null,
    extension text not null,
    resource_id text,
    image_id text not null,
    image text not null,
    primary key (pool_id, style_id, position),
    foreign key (pool_id, style_id) references login_styles (pool_id, id) on delete cascade
  )`,
  'create index login_assets_by_image on login_assets (pool_id, image_id)',
]
