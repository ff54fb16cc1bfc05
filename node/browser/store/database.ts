/** IndexedDB by promises: what the journal and the session key need of it, and no more. */

/** Opens a database with one store of bytes, making it where there is none. @throws DOMException as IndexedDB gives it */
export function openDatabase(name: string): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, 1)
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(ENTRIES))
  return settled(opening)
}

/** The one store of a database. */
export const ENTRIES = 'entries'

/** What a request comes to. */
export function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result), { once: true })
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed')), { once: true })
  })
}

/** Runs one write; resolves when the browser says that it is on disk. */
export function write(database: IDBDatabase, work: (entries: IDBObjectStore) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(ENTRIES, 'readwrite', { durability: 'strict' })
    const fail = () => reject(transaction.error ?? new Error('IndexedDB gave up a write'))
    transaction.addEventListener('complete', () => resolve(), { once: true })
    transaction.addEventListener('abort', fail, { once: true })
    transaction.addEventListener('error', fail, { once: true })
    work(transaction.objectStore(ENTRIES))
  })
}

/** The entries, to read from. */
export function entriesOf(database: IDBDatabase): IDBObjectStore {
  return database.transaction(ENTRIES, 'readonly').objectStore(ENTRIES)
}
