/** How the keys of what a drill rehearses on begin. No key of anybody else can have a colon. */
export const rehearsalPrefix = 'drill:'

/** Is this the key of a model, experiment or metric that exists for a drill alone? */
export const isRehearsal = (key: string | null): boolean => key?.startsWith(rehearsalPrefix) ?? false

/** The key of one part of a drill: its model's, its experiment's and its metric's. */
export const rehearsalKey = (drill: number, part: string): string => `${rehearsalPrefix}${drill}:${part}`
