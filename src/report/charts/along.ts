/** Values to pixels along one side of a panel. */
export const along = (from: number, to: number, start: number, end: number) => (value: number): number =>
  start + ((value - from) / (to - from || 1)) * (end - start)
