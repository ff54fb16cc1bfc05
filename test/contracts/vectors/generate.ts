// Writes test/vectors/*.json: what TypeScript and Solidity must agree on. Made with ethers and the rules' own words, not
// with the code under test.
//   node test/contracts/vectors/generate.ts            write
//   import { vectorFiles }                             what the files should be
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { committeeVectors, seatsVectors, tallyVectors } from './committees.ts'
import { dealVectors, resultVectors, voteVectors } from './deals.ts'
import { drandVectors } from './drand.ts'
import { directoryVectors, jobVectors } from './jobs.ts'
import { payoutVectors } from './payouts.ts'

/** The folder of the vectors. */
export const VECTORS_DIR = join(import.meta.dirname, '../../vectors')

/** Text of every generated vector file by its name. */
export function vectorFiles(): Readonly<Record<string, string>> {
  const vectors = {
    'deal.json': dealVectors(),
    'result.json': resultVectors(),
    'vote.json': voteVectors(),
    'committee.json': committeeVectors(),
    'tally.json': tallyVectors(),
    'seats.json': seatsVectors(),
    'payouts.json': payoutVectors(),
    'drand.json': drandVectors(),
    'job.json': jobVectors(),
    'directory.json': directoryVectors()
  }
  return Object.fromEntries(
    Object.entries(vectors).map(([name, value]) => [name, `${JSON.stringify(value, null, 2)}\n`])
  )
}

if (import.meta.main) {
  await Promise.all(Object.entries(vectorFiles()).map(([name, text]) => writeFile(join(VECTORS_DIR, name), text)))
}
