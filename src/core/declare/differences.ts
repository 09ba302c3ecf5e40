/** Paths listed at most: the rest is as different as these. */
const most = 20

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const member = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

const visit = (wanted: unknown, actual: unknown, path: string, found: string[]): void => {
  if (found.length >= most || Object.is(wanted, actual)) return
  if (Array.isArray(wanted) && Array.isArray(actual) && wanted.length === actual.length) {
    wanted.forEach((value, index) => visit(value, actual[index], `${path}[${index}]`, found))
  } else if (isObject(wanted) && isObject(actual)) {
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(actual)])) visit(wanted[name], actual[name], member(path, name), found)
  } else {
    found.push(path)
  }
}

/**
 * Where two values that JSON can say differ, as paths, `stages[0].coverage`; an absent member is the same as an undefined
 * one. Empty when they are equal.
 */
export const differencesOf = (wanted: unknown, actual: unknown): string[] => {
  const found: string[] = []
  visit(wanted, actual, '', found)
  return found
}
