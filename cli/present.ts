/** Options that were not given must not be there at all: `exactOptionalPropertyTypes` tells absent from undefined. */

/** An object whose undefined fields are gone. */
export type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** The fields that have a value. */
export function present<T extends Record<string, unknown>>(fields: T): Present<T> {
  // fromEntries forgets the names; filtering removes nothing but undefined.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>
}
