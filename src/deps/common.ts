export type Log = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** One page of a list: `next` is the cursor of the following page, null at the end. */
export type Page<T> = { items: T[]; next: string | null }
export type PageRequest = { limit: number; cursor: string | null }

/** Who does something, for the ledger: the id of an API key, `admin`, or `local` where auth is off. */
export type Actor = string
