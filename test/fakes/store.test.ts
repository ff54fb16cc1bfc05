// The store in memory is held to what every store does.
import { storeCompliance } from '../compliance/store.ts'
import { MemoryStore } from './store.ts'

storeCompliance('memory', async () => ({ store: new MemoryStore(), close: async () => {} }))
