/** Returns how long to wait before try `tries` (from 0): 1, 2, 4 … 30 s, less up to a quarter, so that not all come at once. */
export function backoffMs(tries: number, random: () => number = Math.random): number {
  const whole = Math.min(1000 * 2 ** Math.min(tries, 10), 30_000);
  return Math.round(whole * (1 - random() / 4));
}
