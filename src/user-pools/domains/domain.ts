/** What a domain is: a prefix below this server's own name, or a name of the customer's. AWS: Developer Guide, "Configuring a user pool domain". */
import type { DomainDescriptionType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Given } from '../../wire/operation.ts'
import type { Settings } from '../../world.ts'

export type DomainKind = 'prefix' | 'custom'

export type DomainSettings = Pick<
  Given<DomainDescriptionType>,
  'ManagedLoginVersion' | 'CustomDomainConfig' | 'Routing'
>

export type Domain = {
  readonly poolId: string
  readonly kind: DomainKind
  /** The prefix, or the full name; in lower case. */
  readonly name: string
  readonly settings: DomainSettings
  /** A date as AWS writes it into `Version`: `20190128175402`. */
  readonly version: string
}

/** AWS: "You can't use the text aws, amazon, or cognito in a domain prefix". */
const reserved = ['aws', 'amazon', 'cognito']

const refuse: (message: string) => never = (message) => fail('InvalidParameterException', message)

/** One label of a host name. RFC 1035 2.3.1, RFC 1123 2.1. */
const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/

/**
 * The kind of a wanted domain: custom where its configuration comes along, otherwise a prefix. The model has checked
 * characters and length. A reserved word is a whole one, between hyphens: `awsome` was accepted. All sentences are those
 * that were measured or reported.
 */
export function kindOf(name: string, settings: DomainSettings): DomainKind {
  if (settings.CustomDomainConfig) {
    const labels = name.split('.')
    if (labels.length < 2 || !labels.every((part) => label.test(part)) || /^[\d.]+$/.test(name)) {
      refuse(
        'Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the parent domain or domain parent is a top-level domain.',
      )
    }
    return 'custom'
  }
  if (name.includes('.')) {
    refuse(
      'The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens.',
    )
  }
  const word = name.split('-').find((one) => reserved.includes(one))
  if (word !== undefined) refuse(`Domain cannot contain reserved word: ${word}`)
  return 'prefix'
}

/** Classic pages have version 1, managed login version 2. unproved: the sentence, and that 1 is the default. */
export function checkVersion(version: number): void {
  if (version !== 1 && version !== 2) refuse('ManagedLoginVersion must be 1 or 2.')
}

/** `20190128175402` of epoch milliseconds, in UTC. */
export const versionAt = (ms: number): string => new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14)

/**
 * Where the domain is reached: `<prefix>.auth.<host>` of this server, or the custom name, with this server's scheme and
 * port. Below an IP address there are no names, so a prefix is a path there. No trailing slash.
 */
export function domainUrl(
  settings: Pick<Settings, 'publicUrl'>,
  { kind, name }: Pick<Domain, 'kind' | 'name'>,
): string {
  const { protocol, hostname, port } = new URL(settings.publicUrl)
  const at = port ? `:${port}` : ''
  if (kind === 'custom') return `${protocol}//${name}${at}`
  if (isAddress(hostname)) return `${settings.publicUrl}${pathOf(name)}`
  return `${protocol}//${name}.auth.${hostname}${at}`
}

/**
 * Where programs reach the domain. Browsers know every name below `localhost`; the resolvers of many machines do not, so
 * there programs are given the path form.
 */
export const programUrl = (settings: Pick<Settings, 'publicUrl'>, domain: Pick<Domain, 'kind' | 'name'>): string =>
  domain.kind === 'prefix' && new URL(settings.publicUrl).hostname === 'localhost'
    ? `${settings.publicUrl}${pathOf(domain.name)}`
    : domainUrl(settings, domain)

/** The path form, open for every domain under the server's own name. */
export const pathOf = (name: string): string => `/domains/${name}`

export const isAddress = (host: string): boolean => host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host)
