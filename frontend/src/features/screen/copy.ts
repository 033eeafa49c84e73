/** What screens of many features say. */
export const copy = {
  product: "Heddle",
  workflow: "Workflow",
  workflows: "Workflows",
  notFound: "Not found",
  breadcrumb: "Breadcrumb",
  editor: "Editor",
  versions: "Versions",
  triggers: "Triggers",
  tests: "Tests",
  runs: "Runs",
  cancel: "Cancel",
  askForRole: (role: string) => `Ask its owner to share it with you as ${role}.`,
  askStaff: "Ask an administrator of this installation for the right.",
} as const;
