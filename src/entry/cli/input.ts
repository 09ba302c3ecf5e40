import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { z } from 'zod'
import { parse } from '../../http/violations.ts'
import { ServiceError } from '../../errors.ts'
import { exits, Failure, failureOf } from './failure.ts'
import { placeOf } from './json-place.ts'

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file)

/** Why a file cannot be read, in words. */
const unreadable: Record<string, string> = { ENOENT: 'there is no such file', EISDIR: 'is a directory', EACCES: 'must not be read: no permission' }

/** What is not JSON, at which line and column, with that line and a mark under the place. */
const notJson = (content: string, where: string, example: string | undefined, cause: unknown): Failure => {
  const holds = example === undefined ? [] : [`${example} shows what it holds`]
  if (content.trim() === '') return new Failure('is empty', { where, fix: holds[0] ?? 'name a file that holds JSON', exit: exits.usage, cause })
  const { line, column, text: wrong, ended } = placeOf(content)
  const from = Math.max(0, column - 60)
  const shown = wrong.slice(from, from + 80).replaceAll('\t', ' ')
  return new Failure(ended ? 'is not JSON: it ends too early' : 'is not JSON', {
    where: `${where}, line ${line}, column ${column}`, more: [shown, `${' '.repeat(column - 1 - from)}^`],
    fix: [ended ? 'a quote, bracket or brace is not closed' : 'mend it there', ...holds].join('; '),
    exit: exits.usage, cause,
  })
}

/**
 * JSON from a file, or from standard input for `-`.
 *
 * @param example the call that shows what the file holds
 * @throws {Failure} naming the file, and where it stops being JSON
 */
export const readJson = async (file: string, example?: string): Promise<unknown> => {
  let content: string
  try {
    // editors of Windows begin with a byte order mark
    content = (file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')).replace(/^\uFEFF/, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Failure(unreadable[code ?? ''] ?? 'cannot be read', {
      where: nameOf(file), fix: 'name a file that holds JSON, or - for standard input', exit: exits.usage, cause: error,
    })
  }
  try {
    return JSON.parse(content)
  } catch (error) {
    throw notJson(content, nameOf(file), example, error)
  }
}

/** As `schema` has it, or what of it is wrong. @param from where it comes from: a file, or the options @param example as of `readJson` */
export const parsed = <T extends z.ZodType>(schema: T, value: unknown, from: string, example?: string): z.output<T> => {
  try {
    return parse(schema, value, { form: 'invalid_body', meaning: 'invalid_definition' })
  } catch (error) {
    throw inFile(error, from, example)
  }
}

/** What is wrong with a definition, said of where it comes from. */
export const inFile = (error: unknown, from: string, example?: string): unknown => {
  if (!(error instanceof ServiceError)) return error
  const { message, more, exit } = failureOf(error)
  return new Failure(message, { where: nameOf(from), more, exit, fix: example && `${example} shows what it holds`, cause: error })
}

/** An option whose value is JSON. */
export const jsonOption = (value: string, name: string): unknown => {
  try {
    return JSON.parse(value)
  } catch (error) {
    throw new Failure('is not JSON', { where: `${name}: ${(error as Error).message}`, exit: exits.usage, cause: error })
  }
}
