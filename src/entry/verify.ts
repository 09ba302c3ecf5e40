import type { Database } from '../store/connect.ts'
import { verifyChains } from '../store/control/ledger.ts'
import { verify } from '../store/verify.ts'

const count = (n: number): string => n.toLocaleString('en-GB')

/** Recount the statistics and follow the ledger's chains; says what it compared. True when everything holds. */
export const verifyAll = async (database: Pick<Database, 'engine'>, say: (line: string) => void): Promise<boolean> => {
  const { cells, units, outcomes, differences } = await verify(database.engine)
  for (const difference of differences) say(`✗ ${difference}`)
  const { entries, breaks } = await verifyChains(database.engine)
  for (const { chain, seq, problem } of breaks) say(`✗ ledger ${chain}, entry ${seq}: ${problem}`)
  const holds = differences.length + breaks.length === 0
  say(`${holds ? '✓' : '✗'} recounted ${count(cells)} cells from ${count(units)} units and ${count(outcomes)} outcomes: ${differences.length} differences`)
  say(`${breaks.length === 0 ? '✓' : '✗'} ledger: ${count(entries)} entries, ${breaks.length === 0 ? 'every chain intact' : `${breaks.length} breaks`}`)
  return holds
}
