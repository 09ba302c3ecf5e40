export { benjaminiHochberg, benjaminiYekutieli, holm } from './adjusted-p.ts'
export { averageEvidence, calibrate, calibrateMixture, eBenjaminiHochberg, logPOf } from './e-values.ts'
