/** A cursor is the id after which the next page begins; anything else reads as the beginning. */
export const after = (cursor: string | null): number => (cursor !== null && /^\d{1,9}$/.test(cursor) ? Number(cursor) : 0)

/** Rows asked for with one more than `limit`: what to show, and the cursor of what follows. */
export const pageOf = <Row extends { id: number }, Item>(rows: Row[], limit: number, view: (row: Row) => Item): { items: Item[]; next: string | null } => {
  const shown = rows.slice(0, limit)
  return { items: shown.map(view), next: rows.length > limit ? String(shown.at(-1)!.id) : null }
}

export type PageRequest = { limit: number; cursor: string | null }
