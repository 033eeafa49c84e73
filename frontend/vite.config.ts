import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import type { Reporter } from "vitest/node";

const server = process.env.HEDDLE_SERVER ?? "http://127.0.0.1:8000";

/** In development Vite answers `/app/*` as Django does for the built files. */
function appPage(): Plugin {
  return {
    name: "app-page",
    configureServer(vite) {
      vite.middlewares.use((request, response, next) => {
        const path = request.url?.split("?")[0] ?? "";
        if (path !== "/" && path !== "/app" && !path.startsWith("/app/")) return next();
        const page = readFileSync(new URL("index.html", import.meta.url), "utf8");
        vite
          .transformIndexHtml(request.url ?? "/app/", page)
          .then((html) => {
            response.setHeader("Content-Type", "text/html");
            response.end(html);
          })
          .catch(next);
      });
    },
  };
}

/** Leaves out the keys that lucide's parts of icons bring: their order never changes, and random letters do not compress. */
function iconsWithoutKeys(): Plugin {
  return {
    name: "icons-without-keys",
    apply: "build",
    transform: {
      filter: { id: /lucide-react\/dist\/esm\/icons\// },
      handler: (code) => code.replace(/,?\s*key: "[a-z0-9]+"/g, "").replace("__iconData.node;", ""),
    },
  };
}

/**
 * Lists at the end of a run the tests that passed only on another try, with what they failed with before: each is a
 * race that somebody has to look at.
 */
function flakyTests(): Reporter {
  return {
    onTestRunEnd(modules) {
      const found = modules.flatMap((module) =>
        [...module.children.allTests()].filter((test) => test.diagnostic()?.flaky).map((test) => ({ module, test })),
      );
      if (found.length === 0) return;
      const lines = found.map(({ module, test }) => {
        const why = test.result().errors?.[0]?.message.split("\n", 1)[0] ?? "";
        return `  ${module.relativeModuleId} > ${test.fullName} (tries: ${1 + (test.diagnostic()?.retryCount ?? 0)})\n    ${why}`;
      });
      process.stdout.write(`\n Failed first, then passed: ${found.length}\n${lines.join("\n")}\n\n`);
    },
  };
}

export default defineConfig({
  base: "/static/app/",
  plugins: [react(), tailwindcss(), appPage(), iconsWithoutKeys()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  worker: { format: "es" },
  build: {
    manifest: true,
    // A `data:` font or image would need an exception in the page's Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: { input: "src/main.tsx" },
    // The layout library is one file of this size, loaded by Tidy alone; `npm run size` holds the budgets.
    chunkSizeWarningLimit: 1600,
  },
  server: {
    port: Number(process.env.FRONTEND_PORT ?? 5173),
    proxy: {
      "/api": { target: server },
      "/hitl": { target: server },
      "/ws": { target: server, ws: true },
    },
  },
  test: {
    // What knows no browser is tested without one: setting that up takes longer than the tests.
    projects: [
      { extends: true, test: { name: "domain", environment: "node", include: ["tests/domain/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "page",
          environment: "jsdom",
          include: ["src/**/*.test.{ts,tsx}"],
          setupFiles: ["tests/setup.ts"],
        },
      },
    ],
    restoreMocks: true,
    // Property tests and layouts take half a minute on a machine that is busy; no test has a limit of its own.
    testTimeout: 180_000,
    // One that fails once on a busy machine is tried again, and listed at the end.
    retry: 2,
    reporters: ["default", flakyTests()],
  },
});
