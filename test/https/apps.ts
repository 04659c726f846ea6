/** Two ordinary apps, written as their libraries' pages have it, bundled for a browser and served on a port of their own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))

/** https://docs.amplify.aws, "Set up Amplify Auth" and "Sign in with custom flow". */
type AmplifyConfig = {
  readonly pool: string
  readonly client: string
  readonly endpoint: string
  readonly domain: string
  /** Code with PKCE, unless it says `token`: the implicit flow. */
  readonly responseType?: 'code' | 'token'
  /** The argument of signInWithRedirect. */
  readonly provider?: string | { readonly custom: string }
}

export const amplifyApp = (config: AmplifyConfig) => `
import { Amplify } from 'aws-amplify'
import { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut } from 'aws-amplify/auth'
import { Hub } from 'aws-amplify/utils'
import 'aws-amplify/auth/enable-oauth-listener'

const say = (text) => { document.getElementById('state').textContent = text }
Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: ${JSON.stringify(config.pool)},
      userPoolClientId: ${JSON.stringify(config.client)},
      userPoolEndpoint: ${JSON.stringify(config.endpoint)},
      loginWith: {
        oauth: {
          domain: ${JSON.stringify(config.domain)},
          scopes: ['openid', 'email', 'aws.cognito.signin.user.admin'],
          redirectSignIn: [location.origin + '/'],
          redirectSignOut: [location.origin + '/'],
          responseType: ${JSON.stringify(config.responseType ?? 'code')},
        },
      },
    },
  },
})
const show = async () => {
  try {
    const { username } = await getCurrentUser()
    const { tokens } = await fetchAuthSession()
    say('signed in: ' + username + ' ' + tokens.idToken.payload.email + ' ' + tokens.idToken.payload.iss)
  } catch {
    say('signed out')
  }
}
Hub.listen('auth', ({ payload }) => {
  if (payload.event === 'signInWithRedirect') show()
  if (payload.event === 'customOAuthState') document.title = payload.data
  if (payload.event === 'signInWithRedirect_failure') say('failed: ' + payload.data?.error?.message)
})
document.getElementById('in').onclick = () => signInWithRedirect(${JSON.stringify(config.provider && { provider: config.provider, customState: 'the cart' })})
document.getElementById('out').onclick = () => signOut()
document.getElementById('fresh').onclick = async () => {
  const { tokens } = await fetchAuthSession({ forceRefresh: true })
  say('refreshed: ' + Boolean(tokens))
}
show()
`

/** https://github.com/authts/react-oidc-context, "Getting Started". */
export const reactApp = (config: { authority: string; client: string }) => `
import React from 'react'
import { createRoot } from 'react-dom/client'
import { AuthProvider, useAuth } from 'react-oidc-context'

function App() {
  const auth = useAuth()
  const state = auth.isLoading ? 'loading'
    : auth.error ? 'failed: ' + auth.error.message
    : auth.isAuthenticated ? 'signed in: ' + auth.user.profile['cognito:username'] + ' ' + auth.user.profile.email + ' ' + auth.user.profile.iss
    : 'signed out'
  return React.createElement('main', null,
    React.createElement('p', { id: 'state' }, state),
    React.createElement('button', { id: 'in', onClick: () => auth.signinRedirect() }, 'Log in'),
    React.createElement('button', { id: 'fresh', onClick: () => auth.signinSilent().then((user) => { document.title = user ? 'refreshed' : 'nothing' }) }, 'Refresh'),
    React.createElement('button', { id: 'out', onClick: () => auth.signoutRedirect({ extraQueryParams: { client_id: ${JSON.stringify(config.client)}, logout_uri: location.origin + '/' } }) }, 'Log out'))
}
createRoot(document.getElementById('root')).render(React.createElement(AuthProvider, {
  authority: ${JSON.stringify(config.authority)},
  client_id: ${JSON.stringify(config.client)},
  redirect_uri: location.origin + '/',
  scope: 'openid email',
  onSigninCallback: () => history.replaceState({}, document.title, location.pathname),
}, React.createElement(App)))
`

export type ServedApp = { readonly url: string; show(source: string): Promise<void>; close(): void }

/** A page with one script; the script is given once the app's address is known to the pool. */
export async function serveApp(): Promise<ServedApp> {
  let script = ''
  const page = `<!doctype html><title>app</title><div id="root"><p id="state"></p>
<button id="in">in</button><button id="out">out</button><button id="fresh">fresh</button></div><script src="/app.js"></script>`
  const server = createServer((request, response) => {
    const isScript = request.url?.startsWith('/app.js')
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async show(source) {
      const { outputFiles } = await build({
        stdin: { contents: source, resolveDir: here, loader: 'js' },
        ...{ bundle: true, write: false, format: 'iife', platform: 'browser', logLevel: 'silent' },
        define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
      })
      script = outputFiles[0]?.text ?? ''
    },
    close: () => void server.close(),
  }
}
