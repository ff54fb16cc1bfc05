// Speaks as much of the native solc's command line as forge uses, over solc-js: `--version` and `--standard-json`.
import { readFileSync } from 'node:fs'
import solc from 'solc'

const STDIN = 0

if (process.argv.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`)
} else if (process.argv.includes('--standard-json')) {
  process.stdout.write(solc.compile(readFileSync(STDIN, 'utf8')))
} else {
  console.error(`solc-shim knows --version and --standard-json only, not: ${process.argv.slice(2).join(' ')}`)
  process.exitCode = 1
}
