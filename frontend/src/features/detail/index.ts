export { ItemPager } from "./ItemPager";
export { ItemsView } from "./ItemsView";
export { nodeRunsQuery, useItems, useNodeRuns } from "./queries";
export type { References } from "./reference";
export type { ItemSource, LocalSource, RunSource } from "./source";
