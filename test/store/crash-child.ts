/** Opens a data directory and commits numbered rows for ever, acknowledging each on its output. */
import { connect } from '../../src/store/connect.ts'

const database = await connect({ dataDir: process.argv[2] ?? '' })
await database.ingest.run((sql) => sql`create table if not exists acknowledged (n int primary key)`)
const [last] = await database.ingest.run(
  (sql) => sql<{ n: number }[]>`select coalesce(max(n), 0) as n from acknowledged`,
)
for (let n = (last?.n ?? 0) + 1; ; n++) {
  await database.ingest.begin((tx) => tx`insert into acknowledged values (${n})`)
  process.stdout.write(`${n}\n`)
}
