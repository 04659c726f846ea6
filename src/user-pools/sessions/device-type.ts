/** What a User-Agent header says of the device, in the words a person knows: `Chrome 125 / macOS 10.15`. */

/** The first that fits names it; what imitates another stands before it. */
const apps: readonly [pattern: RegExp, name: string][] = [
  [/\bEdg(?:e|A|iOS)?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\bSamsungBrowser\/(\d+)/, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[.\d]* (?:Mobile\/\w+ )?Safari\//, 'Safari'],
  [/\baws-amplify\/(\d+)/i, 'Amplify'],
  [/\baws-sdk-(?:js|nodejs)\/(\d+)/, 'AWS SDK for JavaScript'],
  [/\b(?:Boto3|Botocore)\/(\d+)/i, 'boto3'],
  [/\baws-cli\/(\d+)/, 'AWS CLI'],
  [/\baws-sdk-(\w+)\/\d+/, 'AWS SDK for'],
]

const systems: readonly [pattern: RegExp, name: string][] = [
  [/\bWindows NT (\d+)/, 'Windows'],
  [/\b(?:iPhone|iPad).* OS (\d+(?:_\d+)?)/, 'iOS'],
  [/\bAndroid (\d+)/, 'Android'],
  [/\bMac OS X (\d+(?:[._]\d+)?)/, 'macOS'],
  [/\bos\/(\w+)/, ''],
  [/\bLinux\b/, 'Linux'],
]

const find = (rows: typeof apps, agent: string): string | undefined => {
  for (const [pattern, name] of rows) {
    const found = pattern.exec(agent)
    if (found) return `${name} ${found[1]?.replace('_', '.') ?? ''}`.trim()
  }
  return undefined
}

/** More of a header is not looked at: it is the caller's, and may be anything. */
const longest = 1024

/** `unknown` where nothing is recognised, as AWS has it. */
export function deviceType(userAgent: string): string {
  const agent = userAgent.slice(0, longest)
  return [find(apps, agent), find(systems, agent)].filter((part) => part !== undefined).join(' / ') || 'unknown'
}
