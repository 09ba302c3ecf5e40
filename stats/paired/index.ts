export { addPairs, noPairs, type Paired, pairedContrast, pairedRelative, type PairSums } from './paired.ts'
