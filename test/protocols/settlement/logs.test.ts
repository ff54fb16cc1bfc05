// The events that receipts read are the contracts' own.
import { Interface, id } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CourtAbi, MarketAbi } from '../../../contracts/generated/index.ts'
import { FACT_EVENTS } from '../../../protocols/settlement/logs.ts'

const logs = suite('logs of a receipt')

logs('have the signatures of the contracts', () => {
  const known = [MarketAbi, CourtAbi].flatMap(abi =>
    new Interface(abi).fragments.filter(({ type }) => type === 'event')
  )
  const signatures = new Set(known.map(fragment => fragment.format('sighash')))
  for (const signature of Object.values(FACT_EVENTS))
    assert.ok(signatures.has(signature), `${signature} ${id(signature)}`)
})

logs.run()
