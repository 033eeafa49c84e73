import { lazy } from "react";
import type { RouteObject } from "react-router";

export { copy as templatesCopy } from "./copy";

/** Comes when somebody publishes. */
export const LoadedPublishDialog = lazy(async () => ({ default: (await import("./PublishDialog")).PublishDialog }));

export const routes: RouteObject[] = [
  { path: "templates", lazy: async () => ({ Component: (await import("./GalleryScreen")).GalleryScreen }) },
  { path: "templates/by/:author", lazy: async () => ({ Component: (await import("./AuthorScreen")).AuthorScreen }) },
  { path: "templates/:template", lazy: async () => ({ Component: (await import("./TemplateScreen")).TemplateScreen }) },
];
