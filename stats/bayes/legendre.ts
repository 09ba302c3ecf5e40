/** Legendre polynomials P_0 … P_degree at t, by their recurrence. */
export const legendre = (degree: number, t: number): number[] => {
  const values = [1, t]
  for (let n = 1; n < degree; n++) {
    values.push(((2 * n + 1) * t * (values[n] ?? 0) - n * (values[n - 1] ?? 0)) / (n + 1))
  }
  return values.slice(0, degree + 1)
}
