import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { z } from 'zod'
import { parse } from '../../http/violations.ts'
import { ServiceError } from '../../errors.ts'
import { exits, Failure, failureOf } from './failure.ts'

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file)

/** JSON from a file, or from standard input for `-`. @throws {Failure} naming the file, and where it stops being JSON */
export const readJson = async (file: string): Promise<unknown> => {
  let content: string
  try {
    content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Failure(code === 'ENOENT' ? 'there is no such file' : 'cannot be read', {
      where: nameOf(file), fix: 'name a file that holds JSON, or - for standard input', exit: exits.usage, cause: error,
    })
  }
  try {
    return JSON.parse(content)
  } catch (error) {
    throw new Failure('is not JSON', { where: `${nameOf(file)}: ${(error as Error).message}`, exit: exits.usage, cause: error })
  }
}

/** As `schema` has it, or what of it is wrong. @param from where it comes from: a file, or the options */
export const parsed = <T extends z.ZodType>(schema: T, value: unknown, from: string): z.output<T> => {
  try {
    return parse(schema, value, { form: 'invalid_body', meaning: 'invalid_definition' })
  } catch (error) {
    throw inFile(error, from)
  }
}

/** What is wrong with a definition, said of where it comes from. */
export const inFile = (error: unknown, from: string): unknown => {
  if (!(error instanceof ServiceError)) return error
  const { message, more, exit } = failureOf(error)
  return new Failure(message, { where: nameOf(from), more, exit, cause: error })
}

/** An option whose value is JSON. */
export const jsonOption = (value: string, name: string): unknown => {
  try {
    return JSON.parse(value)
  } catch (error) {
    throw new Failure('is not JSON', { where: `${name}: ${(error as Error).message}`, exit: exits.usage, cause: error })
  }
}
