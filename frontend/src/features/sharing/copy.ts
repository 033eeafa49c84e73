import type { Role } from "@/domain/roles";

/** Every text about working on workflows together. */
export const copy = {
  product: "Heddle",
  share: "Share",
  shareOpen: "Share…",
  shareTitle: (name: string) => `Share “${name}”`,
  shareText:
    "Runs are made on your account, with your credentials. A role lends no credential: one that may go to any host keeps its node as it is.",
  email: "Email address",
  role: "Role",
  roleOf: (email: string) => `Role of ${email}`,
  invite: "Invite",
  invited: (email: string) => `${email} is invited`,
  nobody: "Nobody else works on this workflow yet.",
  people: "People",
  pending: "Pending",
  pendingSince: "Invited",
  joined: "Joined",
  remove: "Remove",
  removeOne: (email: string) => `Remove ${email}`,
  removeTitle: (email: string) => `Remove ${email}?`,
  removeText: "They lose access at once; what they have open closes. Their changes and runs stay.",
  actions: (email: string) => `Actions of ${email}`,
  transfer: "Make owner…",
  transferTitle: (email: string) => `Make ${email} the owner?`,
  transferText:
    "The workflow and its runs go over to their account; you stay as an editor. Addresses of webhooks change, and your credentials stay yours: where the workflow needs them, lend them to the new owner.",
  transferred: (email: string) => `${email} owns this workflow now`,
  notAccepted: "They have not accepted the invitation yet.",
  roles: { viewer: "Viewer", runner: "Runner", editor: "Editor", owner: "Owner" } satisfies Record<Role, string>,
  can: {
    viewer: "sees it and its runs",
    runner: "starts, stops and answers runs as well",
    editor: "changes, tests and deploys it as well",
  },
  why: (role: Role, needs: Role) => `You are ${article(role)} here; this needs ${article(needs)}.`,
  sharedBy: (owner: string) => `Shared by ${owner}`,
  invitations: "Invitations",
  invitation: "Invitation",
  asks: (who: string) => `${who} would like to share a workflow with you`,
  as: (role: Role) => `as ${article(role)}`,
  accept: "Accept",
  decline: "Decline",
  acceptOne: (name: string) => `Accept the invitation to ${name}`,
  declineOne: (name: string) => `Decline the invitation to ${name}`,
  accepted: "You can work on this workflow now",
  declined: "Invitation declined",
  somebody: "Somebody",
  missing: "This page needs the whole link of the invitation's mail.",
  toWorkflows: "To the workflows",
  leave: "Leave workflow",
  leaveTitle: (name: string) => `Leave “${name}”?`,
  leaveText: "You lose access at once. Its owner can invite you again.",
  left: "You have left the workflow",
} as const;

function article(role: Role): string {
  if (role === "owner") return "the owner";
  return `${role === "editor" ? "an" : "a"} ${role}`;
}
