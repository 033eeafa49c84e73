export { finishGoogle, onSignOut, register, restore, signIn, signInByLink, signOut, updateUser } from "./auth";
export { backoffMs } from "./backoff";
export { api, unwrap, unwrapWithResponse } from "./client";
export { askNow, isReachable, noteSilence, onReconnect, useLostAt } from "./connection";
export { asProblem, type FieldProblem, ProblemError } from "./problem";
export type { components, paths } from "./schema.gen";
export { type Session, type User, useSession } from "./sessionStore";
export { type Notice, openNotices } from "./socket";
export { openRunStream, type RunEvent, type RunStream, type RunStreamOptions, type StreamState } from "./stream";
