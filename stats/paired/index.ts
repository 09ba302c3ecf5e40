export { addPairs, noPairs, type Paired, pairedContrast, type PairSums } from './paired.ts'
