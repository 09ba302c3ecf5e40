export type PageRequest = { limit: number; cursor: string | null }

/** A cursor is the id after which the next page begins; anything else reads as the beginning. */
export const after = (cursor: string | null): number => (cursor !== null && /^\d{1,9}$/.test(cursor) ? Number(cursor) : 0)

/** For lists whose newest come first: the id before which the page begins; null for the first page. */
export const before = (cursor: string | null): number | null => after(cursor) || null

/**
 * Rows asked for with one more than `limit`: what to show, and the cursor of what follows.
 * @param place of a row in the list's order
 */
export const pageOf = <Row, Item>(
  rows: Row[], limit: number, view: (row: Row) => Item, place: (row: Row) => string | number,
): { items: Item[]; next: string | null } => {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(view), next: rows.length > limit && last !== undefined ? String(place(last)) : null }
}
