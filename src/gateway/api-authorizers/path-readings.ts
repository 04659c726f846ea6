/** What a path may be to a server behind besides what is written: rules and policies that protect it must hold for each. */

/** As Tomcat and its kin read it: what follows `;` in a segment is none of its name. RFC 3986 3.3. */
export const withoutParameters = (path: string): string =>
  path.includes(';') ? path.replace(/;[^/]*/g, '').replace(/\/{2,}/g, '/') : path

/** Every reading of a path. To many servers a slash at its end is none. */
export function readingsOf(path: string): ReadonlySet<string> {
  const read = [path, withoutParameters(path)]
  return new Set([...read, ...read.map((one) => one.replace(/(?<=.)\/$/, ''))])
}
