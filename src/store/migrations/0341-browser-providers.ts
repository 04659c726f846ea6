/** By whom the user of a browser's session signed in: the name of a provider, or the pool itself. */
export const statements = [`alter table browser_sessions add column provider text not null default 'COGNITO'`]
