/** The three functions of a custom challenge, as files of a folder of functions: a password first if it began so, then one question. */

const handler = (body: string) => `export const handler = async (event) => { ${body}; return event }`

export const custom: Readonly<Record<'define' | 'create' | 'verify', string>> = {
  define: handler(`
    const last = event.request.session.at(-1)
    event.response.issueTokens = last?.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult === true
    event.response.failAuthentication = last?.challengeResult === false
    event.response.challengeName = last?.challengeName === 'SRP_A' ? 'PASSWORD_VERIFIER' : 'CUSTOM_CHALLENGE'`),
  create: handler(`
    event.response.publicChallengeParameters = { question: 'What is it?' }
    event.response.privateChallengeParameters = { answer: 'it' }`),
  verify: handler(`
    const { challengeAnswer, privateChallengeParameters, clientMetadata } = event.request
    event.response.answerCorrect = challengeAnswer === privateChallengeParameters.answer + (clientMetadata?.more ?? '')`),
}
