// Imports go down: app → features → api, ui → domain; features see each other through their index alone.
module.exports = {
  forbidden: [
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "domain-is-pure",
      comment: "domain knows neither React nor the other folders",
      severity: "error",
      from: { path: "^src/domain" },
      to: {
        path: ["^src/(api|ui|features|app|workers)", "node_modules/(react|react-dom|react-router|zustand|@xyflow)/"],
      },
    },
    { name: "ui-goes-down", severity: "error", from: { path: "^src/ui" }, to: { path: "^src/(api|features|app)" } },
    { name: "api-goes-down", severity: "error", from: { path: "^src/api" }, to: { path: "^src/(ui|features|app)" } },
    { name: "features-go-down", severity: "error", from: { path: "^src/features" }, to: { path: "^src/app" } },
    {
      name: "features-by-their-index",
      severity: "error",
      from: { path: "^src/features/([^/]+)/" },
      to: { path: "^src/features/([^/]+)/", pathNot: ["^src/features/$1/", "^src/features/[^/]+/index\\.ts$"] },
    },
    {
      name: "app-uses-indexes",
      severity: "error",
      from: { path: "^src/app" },
      to: { path: "^src/features/[^/]+/", pathNot: "^src/features/[^/]+/index\\.ts$" },
    },
    {
      name: "no-tests-in-product",
      severity: "error",
      from: { path: "^src", pathNot: "\\.test\\.tsx?$" },
      to: { path: ["^tests", "\\.test\\.tsx?$"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "default"] },
  },
};
