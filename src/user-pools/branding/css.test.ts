import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsError } from '../../wire/errors.ts'
import { printCss, readCss } from './css.ts'

const refuses = (css: string, message: RegExp) =>
  assert.throws(
    () => readCss(css),
    (error) => error instanceof AwsError && message.test(error.message),
    css,
  )

test('the classes of the template are taken, with their states', () => {
  const css = `.label-customizable { font-weight: 400; }
/* a comment } { */
.submitButton-customizable:hover { color: #fff; background-color: #286090 }
.inputField-customizable:focus, .idpButton-customizable:hover { border-color: #66afe9; outline: 0; }
.banner-customizable { padding: 25px 0px 25px 0px; background-color: lightgray; }`
  assert.equal(
    printCss(readCss(css)),
    `.label-customizable{font-weight:400}
.submitButton-customizable:hover{color:#fff;background-color:#286090}
.inputField-customizable:focus,.idpButton-customizable:hover{border-color:#66afe9;outline:0}
.banner-customizable{padding:25px 0px 25px 0px;background-color:lightgray}`,
  )
  assert.deepEqual(readCss(''), [])
})

test('anything else is refused: other selectors, at-rules, properties, and values that load or end a style sheet', () => {
  refuses('body { color: red }', /is not in the list of allowed classes/)
  refuses('.label-customizable .x { color: red }', /is not in the list of allowed classes/)
  refuses('.label-customizable:hover { color: red }', /is not in the list of allowed classes/)
  refuses('.constructor-customizable { color: red }', /is not in the list of allowed classes/)
  refuses('@import "https://evil.example";', /@import/)
  refuses('@media print { .label-customizable { color: red } }', /@media/)
  refuses('.label-customizable { position: fixed }', /property is not supported/)
  refuses('.errorMessage-customizable { background: url(https://evil.example) }', /value is not supported/)
  refuses('.errorMessage-customizable { background: u\\72l(x) }', /value is not supported/)
  refuses('.label-customizable { color: red</style><script> }', /value is not supported/)
  refuses('.label-customizable { color: expression(1) }', /value is not supported/)
  refuses('.label-customizable { color: red', /could not be parsed/)
  refuses('.label-customizable { { color: red } }', /could not be parsed/)
  refuses(`.label-customizable { color: ${'red '.repeat(800)} }`, /request parameters too large/)
})
