import type { Pool } from './pool.ts'

/**
 * The value of a setting, drawn once for all nodes: whoever is first writes it, everybody reads the same.
 * @param draw makes a value where there is none
 */
export const settingOf = async (pool: Pick<Pool, 'run'>, key: string, draw: () => string): Promise<string> => {
  const [row] = await pool.run(async (sql) => {
    await sql`insert into settings (key, value) values (${key}, ${draw()}) on conflict (key) do nothing`
    return sql<{ value: string }[]>`select value from settings where key = ${key}`
  })
  if (!row) throw new Error(`the setting ${key} could not be stored`)
  return row.value
}
