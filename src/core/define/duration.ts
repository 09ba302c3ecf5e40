const pattern = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$/

/** The longest duration accepted: ten years of 365 days, in milliseconds. */
export const longestMs = 3_650 * 86_400_000

/**
 * Milliseconds of an ISO 8601 duration in days, hours, minutes and seconds (`P14D`, `PT24H`, `PT0S`).
 * Years and months are not accepted: their length varies. Returns null when the text is no such duration
 * or longer than ten years.
 */
export const durationMs = (text: string): number | null => {
  const match = pattern.exec(text)
  if (!match || text === 'P' || text.endsWith('T')) return null
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000
  return ms <= longestMs ? ms : null
}

/** As `durationMs`, for text that has been validated. @throws {RangeError} when it has not. */
export const requireDurationMs = (text: string): number => {
  const ms = durationMs(text)
  if (ms === null) throw new RangeError(`"${text}" is not a duration such as PT24H or P14D`)
  return ms
}
