/** A real SAML identity provider on this machine: samlp behind express, with a page to sign in, sessions, and keys that change. */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import { type IdpKey, makeIdpKey, pemOf, publicKeyOf } from './saml-messages.ts'

type Parsed = { id?: string; issuer?: string; assertionConsumerServiceURL?: string; forceAuthn?: string } | undefined
type Samlp = {
  auth(options: object): RequestHandler
  logout(options: object): RequestHandler
  metadata(options: object): RequestHandler
  parseRequest(request: Request, done: (error: Error | null, parsed: Parsed) => void): void
}
const samlp = createRequire(import.meta.url)('samlp') as Samlp

export type SamlIdp = {
  readonly url: string
  readonly entity: string
  readonly metadataUrl: string
  /** What a test may change. */
  readonly settings: {
    key: IdpKey
    /** Base64 of DER; requests that are not signed with its key are refused. */
    requestCertificate?: string | undefined
    /** Base64 of DER; assertions are encrypted for it. */
    encryptionCertificate?: string | undefined
    /** Where it posts if nobody asked. */
    acs: string
    spEntity: string
    /** Where its answers to a sign-out go. */
    logoutUrl: string
    email: string
  }
  /** Requests to sign in that it understood. */
  readonly asked: Parsed[]
  /** Names signed in now. */
  readonly sessions: Map<string, string>
  changeKey(): Promise<void>
  close(): Promise<void>
}

const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'
const nameIdFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'

export async function startSamlIdp(): Promise<SamlIdp> {
  const sessions = new Map<string, string>()
  const states = new Map<string, object>()
  const asked: Parsed[] = []
  const settings: SamlIdp['settings'] = {
    key: await makeIdpKey('idp', Date.now() + 1e10),
    acs: '',
    spEntity: '',
    logoutUrl: '',
    email: 'ada@example.com',
  }
  const app = express()
  app.use(express.urlencoded({ extended: false, limit: '1mb' }))
  // samlp is older than Express 5, where a request without a body has none.
  app.use((request, _response, next) => {
    request.body ??= {}
    next()
  })
  const keys = () => ({ cert: pemOf(settings.key.certificate), key: settings.key.privatePem })
  const sessionOf = (request: Request) => /idp=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
  const common = () => ({ ...keys(), issuer: entity })

  const answer = (request: Request, response: Response, next: NextFunction, parsed: Parsed) => {
    const session = sessionOf(request)
    const id = sessions.get(session)
    const target = parsed?.assertionConsumerServiceURL ?? settings.acs
    samlp.auth({
      ...common(),
      ...(parsed === undefined && { audience: settings.spEntity }),
      ...(settings.requestCertificate !== undefined && { signingCert: pemOf(settings.requestCertificate) }),
      ...(settings.encryptionCertificate !== undefined && {
        encryptionCert: pemOf(settings.encryptionCertificate),
        encryptionPublicKey: publicKeyOf({ certificate: settings.encryptionCertificate }).export({
          type: 'spki',
          format: 'pem',
        }),
        encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
      }),
      getUserFromRequest: () => ({
        id,
        displayName: 'Ada Lovelace',
        name: { givenName: 'Ada', familyName: 'Lovelace' },
        emails: [{ value: settings.email }],
      }),
      getPostURL: (_audience: string, _dom: object, _request: Request, done: (error: null, url: string) => void) =>
        done(null, target),
      ...{ recipient: target, destination: target, sessionIndex: session, lifetimeInSeconds: 600 },
    })(request, response, next)
  }

  app.all('/sso', (request, response, next) => {
    if (!sessions.has(sessionOf(request))) {
      const fields = { ...request.query, ...(request.body as object | undefined) } as Record<string, string>
      const inputs = Object.entries(fields).map(([k, v]) => `<input type="hidden" name="${k}" value="${v}">`)
      response.send(
        `<title>The company</title><form method="post" action="/login"><input type="hidden" name="back" value="${request.method === 'GET' ? request.originalUrl.replaceAll('&', '&amp;') : '/sso'}"><input name="name" aria-label="Name">${request.method === 'POST' ? inputs.join('') : ''}<button>Enter</button></form>`,
      )
      return
    }
    samlp.parseRequest(request, (error, parsed) => {
      if (error) return next(error)
      asked.push(parsed)
      answer(request, response, next, parsed)
    })
  })
  app.post('/login', (request, response, next) => {
    const { name, back, SAMLRequest } = request.body as Record<string, string>
    const session = randomBytes(8).toString('hex')
    sessions.set(session, name ?? '')
    response.setHeader('set-cookie', `idp=${session}; Path=/; HttpOnly`)
    request.headers.cookie = `idp=${session}`
    if (!SAMLRequest) return response.redirect(303, back ?? '/')
    samlp.parseRequest(request, (error, parsed) => {
      if (error) return next(error)
      asked.push(parsed)
      answer(request, response, next, parsed)
    })
  })
  /** Sign-in that nobody asked for: `/start?RelayState=…`. */
  app.get('/start', (request, response, next) => answer(request, response, next, undefined))
  app.all('/slo', (request, response, next) => {
    const session = sessionOf(request)
    const participant = {
      serviceProviderId: settings.spEntity,
      nameId: sessions.get(session),
      nameIdFormat,
      sessionIndex: session,
      serviceProviderLogoutURL: settings.logoutUrl,
      cert: settings.requestCertificate === undefined ? undefined : pemOf(settings.requestCertificate),
      binding: post,
    }
    let participants = [participant]
    samlp.logout({
      ...common(),
      protocolBinding: post,
      deflate: true,
      sessionParticipants: {
        hasElements: () => participants.length > 0,
        get: (
          _issuer: string,
          indexes: string[],
          nameId: string,
          done: (error: null, found: object | undefined) => void,
        ) =>
          done(
            null,
            participants.find((one) => indexes.includes(one.sessionIndex) && one.nameId === nameId),
          ),
        getFirst: (done: (error: null, found: object | undefined) => void) => done(null, participants[0]),
        remove: (_issuer: string, _index: string, _name: string, done: (error: null) => void) => {
          participants = []
          done(null)
        },
      },
      clearIdPSession: (done: () => void) => {
        sessions.delete(session)
        done()
      },
      store: {
        save(_request: Request, state: object, done: (error: null, id: string) => void) {
          const id = randomBytes(8).toString('hex')
          states.set(id, state)
          done(null, id)
        },
        load(_request: Request, id: string, _options: unknown, done: (error: null, state: object | undefined) => void) {
          done(null, states.get(id))
        },
      },
    })(request, response, next)
  })
  app.get('/FederationMetadata/2007-06/FederationMetadata.xml', (request, response, next) =>
    samlp.metadata({
      ...common(),
      ...{ redirectEndpointPath: '/sso', postEndpointPath: '/sso', logoutEndpointPaths: { redirect: '/slo' } },
    })(request, response, next),
  )
  app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
    response.status(400).send(`<title>Refused</title><p>${error.message}</p>`)
  })
  const listener: Server = await new Promise((resolve) => {
    const one = app.listen(0, '127.0.0.1', () => resolve(one))
  })
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  const entity = `${url}/entity`
  return {
    ...{ url, entity, settings, asked, sessions },
    metadataUrl: `${url}/FederationMetadata/2007-06/FederationMetadata.xml`,
    async changeKey() {
      settings.key = await makeIdpKey('idp', Date.now() + 1e10)
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        listener.closeAllConnections()
      }),
  }
}
