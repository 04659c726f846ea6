/** When a user's password was set: a sign-in that began with one before it goes no further. */
export const statements = ['alter table users add column password_set_at bigint not null default 0']
