/** The places where machines keep the authorities they trust, and how one is put in and taken out: a row for each. */
import { join } from 'node:path'

/** What is to be trusted. */
export type Trusted = {
  /** The authority's name, by which stores find it again. */
  readonly name: string
  /** The certificate's file, PEM. */
  readonly file: string
  /** The home folder of whoever asks. */
  readonly home: string
}

type Command = readonly [program: string, ...args: string[]]

/** A store that exists on some machines. All commands of a list must succeed, one after the other. */
export type TrustStore = {
  readonly name: string
  readonly platform: 'linux' | 'darwin' | 'win32'
  /** It is there if this program is found, and this folder if there is one. */
  readonly program: string
  readonly folder?: (home: string) => string
  /** Commands that only an administrator may run. */
  readonly administrator: boolean
  /** How to get it, where it is missing and people want it. */
  readonly hint?: string
  add(trusted: Trusted): readonly Command[]
  remove(trusted: Trusted): readonly Command[]
}

/** A file name of the authority's own: several data folders may be trusted. */
const fileName = ({ name }: Trusted) => `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.crt`

const nssOf = (home: string) => join(home, '.pki', 'nssdb')

export const trustStores: readonly TrustStore[] = [
  {
    name: 'the system (Debian, Ubuntu, Alpine)',
    platform: 'linux',
    program: 'update-ca-certificates',
    administrator: true,
    add: (it) => [
      ['install', '-m', '644', it.file, `/usr/local/share/ca-certificates/${fileName(it)}`],
      ['update-ca-certificates'],
    ],
    remove: (it) => [
      ['rm', '-f', `/usr/local/share/ca-certificates/${fileName(it)}`],
      ['update-ca-certificates', '--fresh'],
    ],
  },
  {
    name: 'the system (Fedora, RHEL)',
    platform: 'linux',
    program: 'update-ca-trust',
    administrator: true,
    add: (it) => [
      ['install', '-m', '644', it.file, `/etc/pki/ca-trust/source/anchors/${fileName(it)}`],
      ['update-ca-trust', 'extract'],
    ],
    remove: (it) => [
      ['rm', '-f', `/etc/pki/ca-trust/source/anchors/${fileName(it)}`],
      ['update-ca-trust', 'extract'],
    ],
  },
  {
    name: 'Chromium and Chrome (NSS)',
    platform: 'linux',
    program: 'certutil',
    folder: nssOf,
    administrator: false,
    hint: 'Chrome on Linux has a store of its own: install certutil (libnss3-tools on Debian, nss-tools on Fedora) and run this again.',
    add: ({ name, file, home }) => [
      ['certutil', '-d', `sql:${nssOf(home)}`, '-A', '-t', 'C,,', '-n', name, '-i', file],
    ],
    remove: ({ name, home }) => [['certutil', '-d', `sql:${nssOf(home)}`, '-D', '-n', name]],
  },
  {
    name: 'the login keychain',
    platform: 'darwin',
    program: 'security',
    administrator: false,
    add: ({ file, home }) => [
      [
        ...(['security', 'add-trusted-cert', '-r', 'trustRoot', '-k'] as const),
        join(home, 'Library', 'Keychains', 'login.keychain-db'),
        file,
      ],
    ],
    remove: ({ file, name }) => [
      ['security', 'remove-trusted-cert', file],
      ['security', 'delete-certificate', '-c', name],
    ],
  },
  {
    name: "the user's root store",
    platform: 'win32',
    program: 'certutil',
    administrator: false,
    add: ({ file }) => [['certutil', '-user', '-addstore', 'Root', file]],
    remove: ({ name }) => [['certutil', '-user', '-delstore', 'Root', name]],
  },
]

/** As one would type it. */
export const printCommand = (command: Command): string =>
  command.map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
