/** Who is asked outside, and which addresses may be. */
import { type Rows, readText } from './setting.ts'

export const parties = {
  allowPrivateHosts: {
    flag: '--allow-private-hosts',
    variable: 'POOLHOUSE_ALLOW_PRIVATE_HOSTS',
    otherwise: 'all with --dev, else none',
    help: 'hosts in private ranges that configured addresses may lead to: `all`, or `host[,host]`',
    read: (value) => (value === 'all' ? value : value.split(',').map((host) => host.trim().toLowerCase())),
  },
  loginProviders: {
    flag: '--login-providers',
    variable: 'POOLHOUSE_LOGIN_PROVIDERS',
    otherwise: 'none: each where everybody knows it to be',
    help: 'where login providers of identity pools and STS are asked, for those elsewhere: JSON (a file, or as it is) of names such as `accounts.google.com` to `{ issuer, jwksUri }`, for Facebook and Amazon `{ url }`',
    read: readText,
  },
  socialProviders: {
    flag: '--social-providers',
    variable: 'POOLHOUSE_SOCIAL_PROVIDERS',
    otherwise: 'none: each where everybody knows it to be',
    help: 'where Google, Facebook, LoginWithAmazon and SignInWithApple of user pools are asked, for those elsewhere: JSON (a file, or as it is) of their names to `{ authorize_url, token_url, attributes_url, jwks_uri, oidc_issuer }`, each member as needed',
    read: readText,
  },
  outsideSts: {
    flag: '--outside-sts',
    variable: 'POOLHOUSE_OUTSIDE_STS',
    otherwise: "none: identity pools give this server's credentials",
    help: "roles that identity pools get from another STS (AWS, MinIO, Ceph), which trusts this server's tokens: JSON (a file, or as it is), a list of `{ roles, endpoint, guestPolicy }`, where `roles` is what their ARNs begin with",
    read: readText,
  },
  delegationTemplates: {
    flag: '--delegation-templates',
    variable: 'POOLHOUSE_DELEGATION_TEMPLATES',
    otherwise: 'none: managed policies of the account are',
    help: 'policy templates that partners may ask to be delegated for a while: JSON (a file, or as it is), a list of `{ arn, requestor, policy }`; see docs/guides/iam.md',
    read: readText,
  },
} satisfies Rows
