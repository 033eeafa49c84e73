export { type Follower, followRun } from "./followRun";
export { RunStoreContext, useLiveRun } from "./runContext";
export { createRunStore, itemsAlong, type LiveRun, type RunStore, resetRun } from "./runStore";
