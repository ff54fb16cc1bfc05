// Errors and verdicts: a code for programs, words for people.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isLilyError, LilyError } from '../../../protocols/core/errors.ts'
import { accept, ignore, reject } from '../../../protocols/core/verdict.ts'

const errors = suite('LilyError')

errors('carries its code, its facts and its cause', () => {
  const cause = new Error('below')
  const error = new LilyError('TEST_CODE', 'it went wrong', { details: { at: 1n }, cause })
  assert.instance(error, Error)
  assert.is(error.code, 'TEST_CODE')
  assert.is(error.cause, cause)
  assert.equal(error.details, { at: 1n })
  assert.equal(new LilyError('TEST_CODE', '').details, {})
  assert.not.ok('cause' in new LilyError('TEST_CODE', ''))
})

errors('is told apart from others, and by its code', () => {
  const error: unknown = new LilyError('TEST_CODE', '')
  assert.ok(isLilyError(error))
  assert.ok(isLilyError(error, 'TEST_CODE'))
  assert.not.ok(isLilyError(error, 'OTHER_CODE'))
  assert.not.ok(isLilyError(Object.assign(new Error(''), { code: 'TEST_CODE' })))
})

errors.run()

// ---

const verdicts = suite('verdicts')

verdicts('carry the value, or the reason', () => {
  assert.equal(accept(1), { kind: 'accept', value: 1 })
  assert.equal(ignore('A', 'b'), { kind: 'ignore', reason: { code: 'A', detail: 'b' } })
  assert.equal(reject('A', 'b'), { kind: 'reject', reason: { code: 'A', detail: 'b' } })
})

verdicts.run()
