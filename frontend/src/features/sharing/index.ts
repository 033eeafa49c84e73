import type { RouteObject } from "react-router";
import { takeToken } from "@/features/auth";

export { copy as sharingCopy } from "./copy";
export { InvitationsBanner } from "./InvitationsBanner";
export { LeaveDialog } from "./LeaveDialog";
export { LoadedShareDialog } from "./LoadedShareDialog";
export { ShareButton } from "./ShareButton";
export { type Refusal, refusalOf, useRefusal } from "./useRefusal";

export const routes: RouteObject[] = [
  {
    path: "invitations",
    loader: takeToken("/invitations"),
    lazy: async () => ({ Component: (await import("./InvitationScreen")).InvitationScreen }),
  },
];
