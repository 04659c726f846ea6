/** Facts about the whole installation, by name. */
export const statements = ['create table settings (name text primary key, value text not null)']
