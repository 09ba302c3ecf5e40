import type { Database } from '../store/connect.ts'
import { type Break, verifyChains } from '../store/control/ledger.ts'
import { type Verification, verify } from '../store/verify.ts'

const count = (n: number): string => n.toLocaleString('en-GB')

export type Verified = { holds: boolean; statistics: Verification; ledger: { entries: number; breaks: Break[] } }

/** Recount the statistics and follow the ledger's chains. */
export const verifyDatabase = async (database: Pick<Database, 'engine'>): Promise<Verified> => {
  const statistics = await verify(database.engine)
  const ledger = await verifyChains(database.engine)
  return { holds: statistics.differences.length + ledger.breaks.length === 0, statistics, ledger }
}

/** What was compared, and every difference, a line each. */
export const verifiedLines = ({ holds, statistics: { cells, units, outcomes, imported, differences }, ledger: { entries, breaks } }: Verified): string[] => [
  ...differences.map((difference) => `✗ ${difference}`),
  ...breaks.map(({ chain, seq, problem }) => `✗ ledger ${chain}, entry ${seq}: ${problem}`),
  `${holds ? '✓' : '✗'} recounted ${count(cells)} cells from ${count(units)} units and ${count(outcomes)} outcomes: ${differences.length} differences`,
  ...(imported === 0 ? [] : [`– ${count(imported)} more cells were imported: their units are elsewhere, so that nothing here recounts them`]),
  `${breaks.length === 0 ? '✓' : '✗'} ledger: ${count(entries)} entries, ${breaks.length === 0 ? 'every chain intact' : `${breaks.length} breaks`}`,
]

/** Verify, and say what was compared. True when everything holds. */
export const verifyAll = async (database: Pick<Database, 'engine'>, say: (line: string) => void): Promise<boolean> => {
  const verified = await verifyDatabase(database)
  verifiedLines(verified).forEach(say)
  return verified.holds
}
