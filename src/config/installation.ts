/** What this installation is: its account, its region, and the keys of both. */
import { type Rows, readUrl, refuse } from './setting.ts'

function readKeys(value: string): ReadonlyMap<string, string> {
  const pairs = value.split(',').map((pair) => pair.trim().split(':') as [string, string])
  for (const [id, secret, ...rest] of pairs as string[][])
    if (!id || !secret || rest.length > 0 || !/^\w{3,128}$/.test(id))
      refuse('Access keys are written id:secret[,id:secret], ids of 3 to 128 letters and digits.')
  return new Map(pairs)
}

function readMasterKey(value: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : Buffer.from(value, 'base64')
  return bytes.length === 32
    ? bytes
    : refuse('The master key must be 32 bytes in hex or base64: try `openssl rand -hex 32`.')
}

export const installation = {
  account: {
    flag: '--account',
    variable: 'POOLHOUSE_ACCOUNT',
    otherwise: '000000000000',
    help: 'account id, twelve digits',
    read: (value) => (/^\d{12}$/.test(value) ? value : refuse('The account id must be twelve digits.')),
  },
  region: {
    flag: '--region',
    variable: 'POOLHOUSE_REGION',
    otherwise: 'us-east-1',
    help: "default region; the region in a request's credential scope is honoured",
    read: (value) =>
      /^[a-z]{2}(-[a-z]+)+-\d$/.test(value) ? value : refuse(`'${value}' is not a region name such as eu-west-1.`),
  },
  issuer: {
    flag: '--issuer',
    variable: 'POOLHOUSE_ISSUER',
    otherwise: 'the public URL',
    help: "base of the `iss` claim; `aws` gives AWS's own form",
    read: (value) => (value === 'aws' ? value : readUrl(value)),
  },
  accessKeys: {
    variable: 'POOLHOUSE_ACCESS_KEYS',
    otherwise: 'generated once, kept in the data folder',
    help: "`id:secret[,id:secret]`, the account's root keys",
    read: readKeys,
  },
  masterKey: {
    variable: 'POOLHOUSE_MASTER_KEY',
    otherwise: 'with --dev generated once into the data folder; otherwise required unless the data folder holds one',
    help: 'seals signing keys, client secrets and SRP verifiers: 32 bytes in hex or base64',
    read: readMasterKey,
  },
} satisfies Rows
