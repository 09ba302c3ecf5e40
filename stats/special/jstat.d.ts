/** jstat carries no types; only what `stats/special` calls is declared here. */
declare module 'jstat' {
  const jStat: {
    /** Error function; absolute error below 1e-15, so its complement is good only while erfc is not small. */
    erf(x: number): number
    /** Logarithm of the gamma function for x > 0; relative error near 1e-15. */
    loggam(x: number): number
    normal: { inv(probability: number, mean: number, deviation: number): number }
  }
  export default jStat
}
