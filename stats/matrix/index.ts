export { type Matrix, cholesky, dot, inverseFromCholesky, solveCholesky, solveLower, solveUpper } from './cholesky.ts'
