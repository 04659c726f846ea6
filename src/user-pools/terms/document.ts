/** Terms that a client's pages link to: their two names, and an address for each language. AWS: API_CreateTerms. */
import type { TermsType } from '@aws-sdk/client-cognito-identity-provider'

export type Terms = {
  readonly poolId: string
  readonly id: string
  readonly clientId: string
  /** `terms-of-use` or `privacy-policy`. */
  readonly name: string
  /** By AWS's names of languages. */
  readonly links: Readonly<Record<string, string>>
  /** Epoch milliseconds, as is modifiedAt. */
  readonly createdAt: number
  readonly modifiedAt: number
}

/** AWS: Quotas, "Terms documents per user pool". */
export const mostTerms = 40

export const describeTerms = ({ id, poolId, clientId, name, links, createdAt, modifiedAt }: Terms): TermsType => ({
  TermsId: id,
  UserPoolId: poolId,
  ClientId: clientId,
  TermsName: name,
  TermsSource: 'LINK',
  Enforcement: 'NONE',
  Links: { ...links },
  CreationDate: new Date(createdAt),
  LastModifiedDate: new Date(modifiedAt),
})

const languages: Readonly<Record<string, string>> = {
  de: 'cognito:german',
  en: 'cognito:english',
  es: 'cognito:spanish',
  fr: 'cognito:french',
  id: 'cognito:bahasa-indonesia',
  it: 'cognito:italian',
  ja: 'cognito:japanese',
  ko: 'cognito:korean',
  nl: 'cognito:dutch',
  'pt-BR': 'cognito:portuguese-brazil',
  'zh-CN': 'cognito:chinese-simplified',
  'zh-TW': 'cognito:chinese-traditional',
}

/** The address for readers of that language; undefined where there is none that a page may link to. */
export function linkFor({ links }: Pick<Terms, 'links'>, language: string): string | undefined {
  const link = links[languages[language] ?? ''] ?? links['cognito:default']
  return link !== undefined && URL.canParse(link) && /^https?:$/.test(new URL(link).protocol) ? link : undefined
}
