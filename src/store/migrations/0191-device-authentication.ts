/** How whoever allowed a device proved who they are: level and factors, as JSON. */
export const statements = [`alter table device_grants add column authentication text`]
