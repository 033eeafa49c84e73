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
} as const;
