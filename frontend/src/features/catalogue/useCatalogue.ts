import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api";
import { type Catalogue, catalogueOf } from "@/domain/catalogue";
import type { NodeType } from "@/domain/definition";

const TYPES = queryOptions({
  queryKey: ["nodes"],
  queryFn: async (): Promise<NodeType[]> => {
    const query = { page_size: 500 };
    const found = await unwrap(api.GET("/api/nodes/", { params: { query } }));
    // The OpenAPI calls JSON values `unknown`; the domain names them.
    return found.results as unknown as NodeType[];
  },
  staleTime: 300_000,
});

/** The node types of this installation; they change with an upgrade or a new custom node. */
export function useCatalogue() {
  return useQuery({ ...TYPES, select: asCatalogue });
}

/** Returns the catalogue for another query that needs it; read once for both. */
export async function catalogueIn(client: QueryClient): Promise<Catalogue> {
  return asCatalogue(await client.fetchQuery(TYPES));
}

/** A stable function, so that the catalogue is made once for each answer. */
function asCatalogue(types: NodeType[]): Catalogue {
  return catalogueOf(types);
}
