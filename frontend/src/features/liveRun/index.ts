export { type Follower, followRun } from "./followRun";
export { createNodeReader, type NodeReader } from "./nodeReader";
export { RunStoreContext, useLiveRun } from "./runContext";
export { createRunStore, itemsAlong, type LiveRun, type RunStore, resetRun } from "./runStore";
