// The journal on LevelDB, held to what every store does, also across a restart.

import { LevelStore } from '../../../../node/host/store/level-store.ts'
import { openLevel } from '../../../../node/host/store/open.ts'
import { storeCompliance } from '../../../compliance/store.ts'
import { tmp } from '../../../support.ts'

storeCompliance('level', async () => {
  const folder = await tmp()
  let level = await openLevel(folder)
  return {
    store: new LevelStore(level),
    reopen: async () => {
      await level.close()
      level = await openLevel(folder)
      return new LevelStore(level)
    },
    close: () => level.close()
  }
})
