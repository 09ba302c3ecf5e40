import { expect } from 'vitest'

/** The same, with numbers as close as machines compute them: the last digits of a double may differ between them. */
export const near = (value: unknown): unknown => {
  if (typeof value === 'number') return expect.closeTo(value, 8)
  if (Array.isArray(value)) return value.map(near)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, near(one)]))
}
