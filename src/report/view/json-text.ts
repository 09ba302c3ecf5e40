/** Text of at most so many characters; whole characters, never half of one. */
export const cutText = (text: string, most: number): { text: string; cut: boolean } => {
  if (text.length <= most) return { text, cut: false }
  const last = text.charCodeAt(most - 1)
  return { text: text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most), cut: true }
}

/** JSON for people, cut where it is long; empty for what is not there. */
export const jsonText = (value: unknown, most = 2_000, indent = 2): { text: string; cut: boolean } =>
  cutText(value === undefined ? '' : JSON.stringify(value, null, indent), most)
