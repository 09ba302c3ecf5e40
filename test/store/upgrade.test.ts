import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { connect } from '../../src/store/connect.ts'
import { migrate, migrationsDirectory } from '../../src/store/migrate.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { freshDatabase } from '../support/postgres.ts'

/** The first `count` migrations, in a directory of their own. */
const migrationsUpTo = async (directory: string, count: number): Promise<string> => {
  const { entries, ...journal } = JSON.parse(await readFile(join(migrationsDirectory, 'meta/_journal.json'), 'utf8')) as { entries: { tag: string }[] }
  const kept = entries.slice(0, count)
  await mkdir(join(directory, 'meta'))
  await writeFile(join(directory, 'meta/_journal.json'), JSON.stringify({ ...journal, entries: kept }))
  for (const { tag } of kept) await cp(join(migrationsDirectory, `${tag}.sql`), join(directory, `${tag}.sql`))
  return directory
}

it('an older database keeps what it knew: the version of every watch, what was a rollback, epochs not yet looked at, and nobody is told old news', async () => {
  const directory = await temporaryDirectory()
  const database = await connect({ databaseUrl: await freshDatabase(inject('postgresUrl'), { migrated: false }) })
  try {
    await migrate(database, await migrationsUpTo(directory.path, 1))
    await database.api.begin(async (tx) => {
      await tx`insert into models (key) values ('one'), ('two')`
      // versions 1 and 2, the watch changes, version 3, the watch changes again; scopes of another model in between
      await tx`
        insert into scopes (kind, model, metrics, ceilings, late_after, closed_at) values
          ('watch', 1, '[]', '{}', '100 years', '2026-01-01'), ('watch', 2, '[]', '{}', '100 years', '2026-01-01'),
          ('watch', 1, '[]', '{}', '100 years', '2026-01-01'), ('watch', 1, '[]', '{}', '100 years', '2026-02-01'),
          ('watch', 1, '[]', '{}', '100 years', '2026-02-01'), ('watch', 1, '[]', '{}', '100 years', '2026-02-01'),
          ('watch', 1, '[]', '{}', '100 years', null), ('watch', 1, '[]', '{}', '100 years', null),
          ('watch', 1, '[]', '{}', '100 years', null), ('watch', 2, '[]', '{}', '100 years', null), ('stage', 1, '[]', '{}', '1 hour', null)`
      await tx`
        insert into versions (model, version, record, watch_scope)
        values (1, 'a', '{}', 7), (2, 'x', '{}', 10), (1, 'b', '{}', 8), (1, 'c', '{}', 9)`
      await tx`
        insert into experiments (key, model, state, definition, variants, scope, epoch) values ('e', 1, 'stopped', '{}', '[]', 11, 1)`
      await tx`update scopes set experiment = 1 where id = 11`
      await tx`insert into epochs (experiment, epoch, scope, cause, coverage, weights) values (1, 1, 11, 'action', 1, '{1}')`
      await tx`
        insert into champion_history (model, seq, version, previous, actor, reason, at) values
          (1, 1, 1, null, 'x', '', '2026-01-01 08:00:00.123456Z'), (1, 2, 3, 1, 'x', '', '2026-01-02 08:00:00.123456Z'),
          (1, 3, 1, 3, 'x', '', '2026-01-03 08:00:00.123456Z')`
      await tx`
        insert into ledger (model, chain, seq, at, actor, action, status, entry, prev_hash, hash)
        values (1, 'model:1', 1, '2026-01-03 08:00:00.123Z', 'x', 'rollback', 'applied', '{}', '', '')`
      await tx`insert into outbox (topic, body, ledger) values ('decision.rollback', '{}', 1)`
    })
    await migrate(database)
    const [scopes, history, awake, messages] = await database.api.run((sql) => Promise.all([
      sql`select s.id, v.version from scopes s left join versions v on v.id = s.version order by s.id`,
      sql`select kind from champion_history order by seq`,
      sql`select scope, epoch, fading from awake_epochs`,
      sql`select told_at is not null as told from outbox`,
    ]))
    expect(scopes.map((row) => row['version'])).toEqual(['a', 'x', 'b', 'a', 'b', 'c', 'a', 'b', 'c', 'x', null])
    expect(history.map((row) => row['kind'])).toEqual(['set', 'set', 'rollback'])
    expect([...awake]).toEqual([{ scope: 11, epoch: 1, fading: false }])
    expect([...messages]).toEqual([{ told: true }])
  } finally {
    await database.close()
    await directory.remove()
  }
})
