import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, type paths, unwrap } from "@/api";
import { readPlaced } from "@/domain/placing";
import { catalogueIn } from "@/features/catalogue";
import { laidOut } from "@/features/layout";

export type Template = components["schemas"]["Template"];
export type TemplateDetail = components["schemas"]["TemplateDetail"];
export type TemplateField = components["schemas"]["TemplateField"];
export type Comment = components["schemas"]["TemplateComment"];
export type Proposal = components["schemas"]["TemplateProposal"];
export type PublishBody = components["schemas"]["PublishInputRequest"];
export type CloneBody = components["schemas"]["TemplateCloneInputRequest"];
export type Reason = components["schemas"]["ReportInputRequest"]["reason"];
type Query = NonNullable<paths["/api/orchestrator/templates/search/"]["get"]["parameters"]["query"]>;
export type Category = NonNullable<Query["category"]>[number];

export const PAGE_SIZE = 12;
const PATH = "/api/orchestrator/templates/{template_id}/" as const;
const at = (template_id: string) => ({ params: { path: { template_id } } });

/** The gallery, or what of it answers a question. */
export function useTemplates(query: Query) {
  return useQuery({
    queryKey: ["templates", "list", query],
    queryFn: () =>
      unwrap(api.GET("/api/orchestrator/templates/search/", { params: { query: { ...query, page_size: PAGE_SIZE } } })),
    placeholderData: keepPreviousData,
  });
}

export function useCategories() {
  return useQuery({
    queryKey: ["templates", "categories"],
    queryFn: async () => (await unwrap(api.GET("/api/orchestrator/templates/categories/"))).results,
    staleTime: 300_000,
  });
}

/** A template with its graph, each node in a place. */
export function useTemplate(id: string) {
  return useQuery({
    queryKey: ["templates", "one", id],
    queryFn: async ({ client }) => {
      const template = await unwrap(api.GET(PATH, at(id)));
      return { template, definition: await laidOut(readPlaced(template), () => catalogueIn(client)) };
    },
  });
}

export function useSimilar(id: string) {
  return useQuery({
    queryKey: ["templates", "similar", id],
    queryFn: async () => (await unwrap(api.GET(`${PATH}similar/`, at(id)))).results,
  });
}

export function useReviews(id: string) {
  return useQuery({
    queryKey: ["templates", "reviews", id],
    queryFn: async () => (await unwrap(api.GET(`${PATH}reviews/`, at(id)))).results,
  });
}

export function useComments(id: string) {
  return useQuery({
    queryKey: ["templates", "comments", id],
    queryFn: async () => {
      const params = { path: { template_id: id }, query: { page_size: 50 } };
      return (await unwrap(api.GET(`${PATH}comments/`, { params }))).results;
    },
  });
}

export function useAuthor(id: string) {
  return useQuery({
    queryKey: ["templates", "author", id],
    queryFn: () =>
      unwrap(api.GET("/api/orchestrator/templates/authors/{author_id}/", { params: { path: { author_id: id } } })),
  });
}

/** One's own credentials, to choose from where a template needs one. */
export function useOwnCredentials() {
  return useQuery({
    queryKey: ["credentials", "for-template"],
    queryFn: async () =>
      (await unwrap(api.GET("/api/credentials/", { params: { query: { page_size: 100 } } }))).results,
  });
}

export const setBookmark = async ({ id, isOn }: { readonly id: string; readonly isOn: boolean }): Promise<void> => {
  if (isOn) await unwrap(api.PUT(`${PATH}bookmark/`, at(id)));
  else await unwrap(api.DELETE(`${PATH}bookmark/`, at(id)));
};

export const rate = ({ id, ...body }: { readonly id: string; readonly stars: number; readonly review: string }) =>
  unwrap(api.PUT(`${PATH}rating/`, { ...at(id), body }));

export const say = ({
  id,
  ...body
}: {
  readonly id: string;
  readonly body: string;
  readonly parent_id: string | null;
}) => unwrap(api.POST(`${PATH}comments/`, { ...at(id), body }));

export const unsay = ({ id, comment }: { readonly id: string; readonly comment: string }) =>
  unwrap(api.DELETE(`${PATH}comments/{comment_id}/`, { params: { path: { template_id: id, comment_id: comment } } }));

export const report = ({ id, ...body }: { readonly id: string; readonly reason: Reason; readonly text: string }) =>
  unwrap(api.POST(`${PATH}report/`, { ...at(id), body }));

export const withdraw = (id: string) => unwrap(api.DELETE(PATH, at(id)));

export const cloneTemplate = ({ id, body }: { readonly id: string; readonly body: CloneBody }) =>
  unwrap(api.POST(`${PATH}clone/`, { ...at(id), body }));

export const propose = async (body: PublishBody): Promise<Proposal> =>
  (await unwrap(
    api.POST("/api/orchestrator/templates/publish/", { body: { ...body, dry_run: true } }),
  )) as unknown as Proposal;

export const publish = (body: PublishBody) =>
  unwrap(api.POST("/api/orchestrator/templates/publish/", { body })) as Promise<Template>;
