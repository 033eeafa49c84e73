/** The kinds that were added last, for as long as the page is open. */

const MOST = 8;
let kinds: readonly string[] = [];

export function noteRecent(kind: string): void {
  kinds = [kind, ...kinds.filter((known) => known !== kind)].slice(0, MOST);
}

export function recentKinds(): readonly string[] {
  return kinds;
}
