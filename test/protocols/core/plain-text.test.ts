// What a stranger's program prints, made fit for a terminal: nothing of it commands, everything else stays.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plainText } from '../../../protocols/core/plain-text.ts'
import { testSeed } from '../../support.ts'

const ESC = String.fromCharCode(27)
const BEL = String.fromCharCode(7)

const test = suite('plainText')

test('takes escape sequences out whole', () => {
  for (const sequence of [
    `${ESC}[31m`,
    `${ESC}[2J`,
    `${ESC}[?1049h`,
    `${ESC}[1;5;38;2;1;2;3m`,
    `${ESC}c`,
    `${ESC}7`,
    `${ESC}(B`,
    `${ESC}]0;another title${BEL}`,
    `${ESC}]52;c;cm0gLXJmIH4=${ESC}\\`,
    `${ESC}Pquery${ESC}\\`,
    `${ESC}_command${ESC}\\`
  ])
    assert.is(plainText(`before${sequence}after`), 'beforeafter', JSON.stringify(sequence))
})

test('takes what moves, rings and turns, and leaves lines, tabs and letters of all scripts', () => {
  assert.is(plainText('50 %\b\b\b\b60 %\r\u0007\u0000\u007f'), '50 %60 %')
  assert.is(plainText('\u009b31mred\u0090x\u009c'), '31mredx')
  assert.is(plainText('user\u202etxt.exe\u2066\u200f\u2028'), 'usertxt.exe')
  assert.is(plainText('a\tb\nMöö 牛 🐄 مو'), 'a\tb\nMöö 牛 🐄 مو')
})

test('a sequence that was cut leaves nothing that commands', () => {
  assert.is(plainText(`x${ESC}[3`), 'x[3')
  assert.is(plainText(`x${ESC}`), 'x')
  assert.is(plainText(`${ESC}${ESC}[31m[31m`), '[31m')
})

test('leaves no control character in any text', () => {
  const noise = fc.string({
    unit: fc.oneof(fc.constantFrom(ESC, BEL, '[', ']', '\\', '3', 'm', '\u009b'), fc.string())
  })
  fc.assert(
    fc.property(noise, text => {
      assert.not.match(plainText(text), /[^\P{Cc}\t\n]/u)
    }),
    { seed: testSeed(), numRuns: 2_000 }
  )
})

test.run()
