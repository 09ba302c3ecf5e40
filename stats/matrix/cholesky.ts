/** A symmetric matrix as rows. */
export type Matrix = readonly (readonly number[])[]

/**
 * Lower triangle L with L Lᵀ = A.
 *
 * @param a symmetric, positive definite; only its lower triangle is read
 * @returns L with zeros above the diagonal
 * @throws {RangeError} when A is not square or not positive definite to rounding
 *
 * Source: Golub and Van Loan (2013), Matrix Computations, algorithm 4.2.1.
 */
export const cholesky = (a: Matrix): number[][] => {
  const l: number[][] = []
  for (const [i, row] of a.entries()) {
    if (row.length !== a.length) {
      throw new RangeError(`the matrix must be square, row ${i} has ${row.length} of ${a.length}`)
    }
    const own: number[] = a.map(() => 0)
    for (let j = 0; j <= i; j++) {
      const other = j === i ? own : (l[j] ?? [])
      let rest = row[j] ?? Number.NaN
      for (let k = 0; k < j; k++) rest -= (own[k] ?? 0) * (other[k] ?? 0)
      if (j < i) own[j] = rest / (other[j] ?? Number.NaN)
      else if (rest > 0) own[i] = Math.sqrt(rest)
      else throw new RangeError(`the matrix must be positive definite, pivot ${i} is ${rest}`)
    }
    l.push(own)
  }
  return l
}

/** x with L x = b. */
export const solveLower = (l: Matrix, b: readonly number[]): number[] => {
  const x: number[] = []
  for (const [i, row] of l.entries()) {
    let rest = b[i] ?? Number.NaN
    for (let k = 0; k < i; k++) rest -= (row[k] ?? 0) * (x[k] ?? 0)
    x.push(rest / (row[i] ?? Number.NaN))
  }
  return x
}

/** x with Lᵀ x = b. */
export const solveUpper = (l: Matrix, b: readonly number[]): number[] => {
  const x = [...b]
  for (let i = l.length - 1; i >= 0; i--) {
    let rest = x[i] ?? Number.NaN
    for (let k = i + 1; k < l.length; k++) rest -= (l[k]?.[i] ?? 0) * (x[k] ?? 0)
    x[i] = rest / (l[i]?.[i] ?? Number.NaN)
  }
  return x
}

/** x with A x = b, L being the Cholesky factor of A. */
export const solveCholesky = (l: Matrix, b: readonly number[]): number[] => solveUpper(l, solveLower(l, b))

/** A⁻¹ from the Cholesky factor of A. */
export const inverseFromCholesky = (l: Matrix): number[][] =>
  l.map((_, column) => solveCholesky(l, l.map((__, row) => (row === column ? 1 : 0))))

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0)
