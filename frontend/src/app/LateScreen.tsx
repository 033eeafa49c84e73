import { useQuery } from "@tanstack/react-query";
import type { ComponentType } from "react";
import type { RouteObject } from "react-router";
import { isMissingPart, MissingPart } from "./MissingPart";

interface LateScreenProps {
  readonly path: string;
  readonly load: () => Promise<ComponentType>;
}

/** A screen whose part did not come at first: it is asked for again. */
export function LateScreen({ path, load }: LateScreenProps) {
  const { data, refetch } = useQuery({
    queryKey: ["late screen", path],
    queryFn: async () => ({ Screen: await load() }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ? <data.Screen /> : <MissingPart onRetry={refetch} />;
}

/** Returns routes whose screens are asked for again: the router itself keeps a failure for as long as the page is open. */
export function askedAgain(routes: readonly RouteObject[], below = ""): RouteObject[] {
  return routes.map((route) => {
    if (route.index) return route;
    const path = `${below}/${route.path ?? ""}`;
    const children = route.children ? { children: askedAgain(route.children, path) } : {};
    const { lazy } = route;
    if (typeof lazy !== "function") return { ...route, ...children };
    const load = async () => (await lazy()).Component as ComponentType; // each of our routes has one
    return {
      ...route,
      ...children,
      lazy: async () => {
        try {
          return { Component: await load() };
        } catch (error) {
          if (!isMissingPart(error)) throw error;
          return { element: <LateScreen path={path} load={load} /> };
        }
      },
    };
  });
}
