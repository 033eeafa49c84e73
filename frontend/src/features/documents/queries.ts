import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";

export type DocumentRow = components["schemas"]["DocumentOutput"];
export type Status = DocumentRow["status"];
export type Place = components["schemas"]["PlaceOutput"];
export type Found = components["schemas"]["SearchOutput"];
export type Level = "library" | "platform" | "file";

export const PAGE_SIZE = 25;
export const CHUNKS_PAGE_SIZE = 20;
const LOOK_AGAIN_MS = 1500;
const at = (id: string) => ({ params: { path: { document_id: id } } });

export const isUnderway = ({ status }: Pick<DocumentRow, "status">) => status === "pending" || status === "processing";

/** A page of documents; asked again while one of them is being read. */
export function useDocuments({ search, status, page }: { search: string; status: string; page: number }) {
  return useQuery({
    queryKey: ["documents", "list", search, status, page],
    queryFn: () => {
      const query = {
        page,
        page_size: PAGE_SIZE,
        ...(search ? { search } : {}),
        ...(status ? { status: [status as Status] } : {}),
      };
      return unwrap(api.GET("/api/inference/documents/", { params: { query } }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.results.some(isUnderway) ? LOOK_AGAIN_MS : false),
  });
}

export function useDocument(id: string) {
  return useQuery({
    queryKey: ["documents", "one", id],
    queryFn: () => unwrap(api.GET("/api/inference/documents/{document_id}/", at(id))),
    refetchInterval: ({ state }) => (state.data && isUnderway(state.data) ? LOOK_AGAIN_MS : false),
  });
}

/** What was read in a document; `version` is anything that changes when it is read anew. */
export function useChunks(id: string, page: number, version: string | null) {
  return useQuery({
    queryKey: ["documents", "chunks", id, page, version],
    queryFn: () => {
      const params = { path: { document_id: id }, query: { page, page_size: CHUNKS_PAGE_SIZE } };
      return unwrap(api.GET("/api/inference/documents/{document_id}/chunks/", { params }));
    },
    placeholderData: keepPreviousData,
  });
}

export async function uploadAll(files: readonly File[]): Promise<number> {
  for (const file of files) await upload(file);
  return files.length;
}

function upload(file: File) {
  return unwrap(
    api.POST("/api/inference/documents/", {
      body: { file: "" }, // the schema's text for a file; what is sent is the form below
      bodySerializer: () => {
        const form = new FormData();
        form.append("file", file);
        return form;
      },
    }),
  );
}

export function changeDocument(id: string, body: { name: string; tags: string[] }) {
  return unwrap(api.PATCH("/api/inference/documents/{document_id}/", { ...at(id), body }));
}

export function deleteDocument(id: string) {
  return unwrap(api.DELETE("/api/inference/documents/{document_id}/", at(id)));
}

export function shareDocument(id: string, scope: DocumentRow["scope"]) {
  return unwrap(api.POST("/api/inference/documents/{document_id}/share/", { ...at(id), body: { scope } }));
}

export function readAnew(id: string) {
  return unwrap(api.POST("/api/inference/documents/{document_id}/read/", at(id)));
}

export function downloadDocument(id: string) {
  return unwrap(api.GET("/api/inference/documents/{document_id}/download/", { ...at(id), parseAs: "blob" }));
}

export interface Question {
  readonly query: string;
  readonly level: Level;
  readonly documentId?: string;
}

export function ask({ query, level, documentId }: Question) {
  const body = { query, level, top_k: 10, min_score: 0.2, tags: [], document_id: documentId ?? null };
  return unwrap(api.POST("/api/inference/rag/search/", { body }));
}
