import { z } from 'zod'
import type { Page, PageRequest } from '../deps.ts'

const encode = (cursor: string): string => Buffer.from(cursor).toString('base64url')
const decode = (text: string): string => Buffer.from(text, 'base64url').toString()

/** `?limit=&cursor=`: cursors are opaque to callers, and only what we wrote is read. */
export const Paging = z.strictObject({
  limit: z.coerce.number('expected a number').int().min(1).max(500).default(50).describe('1 to 500'),
  cursor: z
    .string()
    .regex(/^[\w-]{1,200}$/, 'expected the `next` of a page')
    .refine((text) => encode(decode(text)) === text && decode(text).length > 0, { message: 'expected the `next` of a page' })
    .optional(),
})
export type Paging = z.infer<typeof Paging>

export const pageRequest = ({ limit, cursor }: Paging): PageRequest => ({ limit, cursor: cursor === undefined ? null : decode(cursor) })

/** A store's page with its cursor made opaque. */
export const pageAnswer = <T>({ items, next }: Page<T>): { body: Page<T> } => ({ body: { items, next: next === null ? null : encode(next) } })
