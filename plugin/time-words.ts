// Moments as people read them, by the clock of UTC.

/** The day: `2026-08-23`. @param time in milliseconds */
export function dayInWords(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** Day and minute: `2026-08-23 14:05 UTC`. @param time in milliseconds */
export function minuteInWords(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
