/** What a session's sign-in proved: its level by the pool's name for it, and the factors, space-separated. */
export const statements = [`alter table sessions add column acr text`, `alter table sessions add column amr text`]
