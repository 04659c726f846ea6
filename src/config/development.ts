/** What is for a laptop and never for production. */
import { type Rows, readSwitch, refuse } from './setting.ts'

export const development = {
  dev: {
    flag: '--dev',
    variable: 'POOLHOUSE_DEV',
    otherwise: 'off',
    help: 'development mode: loopback only, mailbox, access keys test/test and local/local, demo workspace',
    kind: 'switch',
    read: readSwitch,
  },
  demo: {
    flag: '--demo, --no-demo',
    variable: 'POOLHOUSE_DEMO',
    otherwise: 'on with --dev and an empty data folder',
    help: 'whether the demo workspace is made',
    kind: 'switch',
    read: readSwitch,
  },
  devCode: {
    flag: '--dev-code',
    variable: 'POOLHOUSE_DEV_CODE',
    otherwise: 'none',
    help: 'only with --dev: every code sent is this one, for suites that want fixed codes',
    read: (value) => (/^\d{6}$/.test(value) ? value : refuse('The development code must be six digits.')),
  },
} satisfies Rows
