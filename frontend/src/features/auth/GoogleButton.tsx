import { api, unwrap } from "@/api";
import { Button } from "@/ui/Button";
import { rememberNext } from "./arrival";
import { copy } from "./copy";
import { FormProblem } from "./FormProblem";
import { useSubmit } from "./useSubmit";

/** Whether the server has a Google client; it says so in the page. */
const isConfigured = document.querySelector('meta[name="heddle-google"][content="on"]') !== null;

export function GoogleButton({ next }: { readonly next: string }) {
  const { isBusy, problem, onSubmit } = useSubmit(async () => {
    const redirect_uri = `${location.origin}/app/login/google`;
    const { authorization_url } = await unwrap(api.POST("/api/auth/google/init/", { body: { redirect_uri } }));
    rememberNext(next);
    location.assign(authorization_url);
  });
  if (!isConfigured) return null;
  return (
    <form className="flex flex-col gap-4" onSubmit={onSubmit}>
      <Button type="submit" size="large" isBusy={isBusy}>
        {copy.google}
      </Button>
      <FormProblem problem={problem} />
      <p className="flex items-center gap-3 text-meta text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {copy.or}
      </p>
    </form>
  );
}
