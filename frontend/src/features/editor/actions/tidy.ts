import type { Catalogue } from "@/domain/catalogue";

/** Lays out what is chosen, else all; what that takes comes with the first time. */
export async function tidy(catalogue: Catalogue, onDone: () => void): Promise<void> {
  await (await import("./layOut")).layOut(catalogue, onDone);
}
