/** How the user of a browser's session proved who they are: level and factors, as JSON. */
export const statements = [`alter table browser_sessions add column authentication text`]
